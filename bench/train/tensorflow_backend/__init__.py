"""Training with TensorFlow: the runtime, the compiled engine, one trial, the description of a network."""
