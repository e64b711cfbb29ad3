"""The compiled training engine: the only code that trains.

runtime.py     TensorFlow's threads, flags and determinism, set before it starts
engine.py      Keras's train_step and test_step, compiled once for a network and a protocol
examples.py    what a trial trains on: subset, label noise, class balance, inner validation part
control.py     one trial of a control that trains no network
trial.py       one trial, from its record to its metrics
describe.py    what a network is: parameter counts, FLOPs, the width for a parameter target
"""
