"""Spends trainings in stages, and stops when a question is decided.

stages.py       the confidence level of each look
conclusions.py  what a look finds on one family
allocation.py   which networks get more seeds
looks.py        a look over all families: findings, what follows, what the next stage adds
stored.py       the families of a stored study, as a look takes them
"""
