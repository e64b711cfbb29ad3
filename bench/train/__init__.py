"""The compiled training engine: the only code that trains.

runtime.py     TensorFlow's threads, flags and determinism, set before it starts
engine.py      Keras's train_step and test_step, compiled once for a network and a protocol
trial.py       one trial, from its record to its metrics
describe.py    what a network is: parameter counts, FLOPs, the width for a parameter target
"""
