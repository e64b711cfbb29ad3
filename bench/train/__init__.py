"""Training and evaluation of single trials; the only code that trains.

backend.py               ``Backend``: what trains networks, and what it promises
backend_registry.py      name -> backend
tensorflow_backend/      the backend that ships
examples.py              what a trial trains on: subset, label noise, class balance, inner validation part
probabilities.py         network outputs to class probabilities; outputs that are none are refused
fitted_control.py        one trial of a control that trains no network
training_data.py         what all trials of a run share, written once
worker_tasks.py          what a worker runs
"""
