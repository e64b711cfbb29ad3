"""Estimates and their intervals.

blocks               trials by (seed, fold); bootstrap over blocks
intervals            confidence intervals of means, proportions and differences
variance_components  the variance due to split, seed and residual
power                the difference that a design can detect
insufficient         reports that a statistic cannot be computed, and why
"""
