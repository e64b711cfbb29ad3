"""Held-out predictions.

held_out          predictions of one network, pooled over folds and seeds
metrics           metrics of probabilities, and reliability diagrams
class_rates       sensitivity, specificity and ROC curves
out_of_fold       probabilities of images by networks, or ensembles, that were not trained on them
calibration       temperature scaling and conformal sets, with coverage measured on folds left out
confusion_counts  confusion matrices, and precision, recall and F1 per class
"""
