"""Step times.

step_times    medians, ratios and slopes, with intervals over rounds
noise_grades  grades of how noisy a measured time is
"""
