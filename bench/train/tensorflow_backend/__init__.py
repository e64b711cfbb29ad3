"""Training with Keras on TensorFlow.

train_cohort.py      ``TensorFlowBackend``: the trials of a cohort, one after another
fit.py               training, epoch by epoch
evaluate.py          loss, accuracy and outputs with the current weights
engine.py            Keras's training and test steps, compiled once per network and protocol
optimizers.py        the optimizers
precision.py         float32 and bfloat16
augmentation.py      random changes of training batches
resident.py          images and labels as tensors that stay in memory
runtime.py           TensorFlow's threads, flags and determinism, set before it starts
preload.py           imported by the fork server
whole_training.py    training on all images, for an exported model
exported_graph.py    the graph of an exported model, as Keras, ONNX and LiteRT files
describe_network.py  parameter counts, FLOPs, the width for a parameter target
"""
