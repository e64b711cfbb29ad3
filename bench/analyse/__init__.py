"""Statistics over stored results: numbers only; explained in docs/statistics.md.

analysis.py            everything that is computed of a study: the module to read first
sizes/                 accuracy along sizes: each network, pairs, trends, verdicts, scaling laws, choice
estimates/             intervals, (seed, fold) blocks, variance components, power
predictions/           held-out predictions: pooled, their metrics, confusion counts
times/                 step times over rounds, and how far each can be trusted
control_comparison.py  networks beside controls
factorial_effects.py   main effects and interactions of a factorial study
inner_choice.py        choosing on the inner validation part
claims.py              published claims against measurements (builtin/: the paper's)
two_studies.py         two studies side by side
baselines.py           what a classifier reaches that knows the class counts only
"""
