"""Accuracy along sizes.

along_family    every statistic along one family; composes the modules below
each_network    each network by itself: accuracy, loss, step time, Pareto front
pair_tests      the corrected t test, of two networks and of the slope against log parameters
scaling_laws    the laws, and their weighted fit to many data sets at once
law_fits        laws fitted to a study: intervals, choice, extrapolation; or a guide line without a name
double_descent  interpolation threshold and peak of held-out error
network_choice  Pareto front, one-standard-error rule, accuracy per parameter
"""
