"""Spends trainings in stages, and stops when a question is decided.

stages.py       the confidence level of each look
conclusions.py  what a look finds on one family
allocation.py   which networks get more seeds
looks.py        a look over all families: findings, what follows, what the next stage adds
trial_cost.py   the cost of a trial in FLOPs
stored.py       the families of a stored study at any stage
replay.py       a design replayed on a stored study
planned.py      the families of a plan, with assumed variances
findable.py     what a planned study can find
frozen.py       what a study was to answer before its first trial
"""
