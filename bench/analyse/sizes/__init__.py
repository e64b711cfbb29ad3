"""Accuracy along sizes: each network, pairs, trends, verdicts, scaling laws, choice of a network."""
