"""Held-out predictions.

held_out          predictions of one network, pooled over folds and seeds
metrics           metrics of probabilities, and reliability diagrams
class_rates       sensitivity, specificity and ROC curves
confusion_counts  confusion matrices, and precision, recall and F1 per class
"""
