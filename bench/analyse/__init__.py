"""Statistics over stored results, as numbers only: ``bench/pages`` has the words, docs/statistics.md the explanations.

analysis.py            every statistic of a study: the module to read first
sizes/                 accuracy along sizes: each network, pairs, trends, scaling laws, interpolation, choice
estimates/             intervals, (seed, fold) blocks, variance components, power
predictions/           held-out predictions: pooled, their metrics, confusion counts
times/                 step times over rounds, and how noisy each is
control_comparison.py  the chosen network against each control
factorial_effects.py   main effects and interactions of a factorial study
inner_choice.py        choosing on the inner validation part
claims.py              published claims judged by measurements (builtin/: the paper's)
two_studies.py         comparison of two studies
"""
