"""Intervals, blocks, variance components, power; and saying that a statistic cannot be computed."""
