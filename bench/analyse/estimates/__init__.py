"""Estimates and their intervals.

two_level            contrasts between networks, with the variance of images and of trainings
training_variance    the variance that trainings add, and the part of it that folds share
image_scores         scores of held-out images by network or control, and seed
blocks               trials by (seed, fold); bootstrap over blocks
intervals            confidence intervals of means, proportions and differences
variance_components  the variance due to split, seed and residual
power                the difference that a design can detect
insufficient         reports that a statistic cannot be computed, and why
"""
