"""ms/step, measured while nothing else runs.

steps.py       wall times of training steps of one network
"""
