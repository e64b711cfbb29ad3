"""Statistics over stored results, as numbers. ``bench/pages`` puts them into words; docs/statistics.md explains them.

analysis.py            every statistic of a study; read this module first
sizes/                 accuracy along sizes: each network, pairs, trends, scaling laws, interpolation, choice
estimates/             intervals, (seed, fold) blocks, variance components, power
predictions/           held-out predictions: pooled, their metrics, confusion counts
times/                 step times over rounds, and grades of their noise
images_or_parameters.py  exchange rate, forecast and their back-tests, from sizes and numbers of training images
error_surface.py       the surface of error over parameters and training images
control_comparison.py  the chosen network against each control
factorial_effects.py   main effects and interactions of a factorial study
inner_choice.py        choice between protocols on the inner validation part
claims.py              published claims judged by measurements (builtin/: the paper's)
two_studies.py         comparison of two studies
asked_again.py         the answer at other margins, and the choice at a price: for `analyse` and for the page
"""

ANALYSIS_VERSION = 2
"""Part of a study's frozen plan. Raised by one whenever a change of the code can change a statement on stored results.

1: corrected resampled t tests. 2: the two-level estimator.
"""
