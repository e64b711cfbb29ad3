"""Training and evaluation of single trials. No other package trains.

backend.py               ``Backend``: the contract of all backends
backend_registry.py      name -> backend
tensorflow_backend/      the backend that is included: Keras on TensorFlow
examples.py              the examples of a trial: subset, label noise, class balance, inner validation part
probabilities.py         network outputs -> class probabilities, or an error
fitted_control.py        one trial of a control that trains no network
training_data.py         the data that all trials of a run share, written once
worker_tasks.py          the functions that workers run
"""
