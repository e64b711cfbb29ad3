"""What the terms of a page mean: one or two sentences each, for a reader who is no statistician."""

from collections.abc import Mapping

DEFINITIONS: Mapping[str, str] = {
    "accuracy": "The share of images that a network labels correctly, on images that it was not trained on. 0.90 means "
    "90 of 100 images.",
    "balanced accuracy": "The mean over classes of the share of images labelled correctly, so that a rare class counts "
    "as much as a frequent one.",
    "training accuracy": "The share of its own training images that a network labels correctly. It is an upper bound "
    "for what it has learnt, and no estimate for new patients.",
    "interval": "A 95 % interval: the values that agree with the data, if other images of this kind and another "
    "training had been used. A wide interval means that the study is too small to say more.",
    "loss": "The mean cross-entropy, in nats per image: how surprised the network is by the true labels. Lower is "
    "better, 0 is perfect; being confident and wrong costs most.",
    "parameters": "The numbers that training sets, counted exactly. They decide the size of the model file and, with "
    "the image size, most of the computing time.",
    "FLOPs": "Floating-point operations that the network needs for one image, without training.",
    "ms per step": "The time of one training step, one batch of images, in thousandths of a second: median and "
    "quartiles of steps that were timed while nothing else ran.",
    "training time": "The median time of one training of this network from start to end, in seconds, without "
    "compilation.",
    "trial": "One training of one network with one seed, tested on one fold of images that it never saw.",
    "fold": "One of the equal parts into which the images are divided. Each part is once held out for testing while "
    "the network is trained on the others.",
    "seed": "The number from which all random choices of a training follow: first weights, order of images, folds.",
    "control": "A simple predictor that a network must beat to mean anything, such as always naming the largest class, "
    "or looking at file sizes only.",
    "margin": "The smallest gain in accuracy that is worth having. Gains that are shown to be smaller count as none.",
    "point": "One percentage point of accuracy: one image in a hundred.",
    "per decade": "The change of accuracy when a network gets ten times the parameters.",
    "p": "How often chance alone would show a difference at least as large if there were none. Below 0.05 is usually "
    "called significant.",
    "standard error": "The typical error of an estimate: about half the half-width of its 95 % interval.",
    "degrees": "Degrees of freedom: how much information the interval rests on. Few degrees make a wide interval.",
    "two-level": "The estimate with the interval of the two-level estimator, which allows for other images and for "
    "another training.",
    "corrected t": "The interval of Nadeau and Bengio's corrected resampled t test, for comparison with other work.",
    "power": "The probability that a study of this size shows a gain that is really there.",
    "sensitivity": "Of the images of a class, the share that the network recognises (also called recall). Missed cases "
    "lower it.",
    "specificity": "Of the images of the other classes, the share that the network does not take for this class. False "
    "alarms lower it.",
    "ROC": "The share of cases that are found against the share of false alarms, at every threshold. A curve close to "
    "the upper left corner is good; the diagonal is guessing.",
    "ROC AUC": "The probability that a random case gets a higher score than a random other image: 1 is perfect, 0.5 is "
    "guessing.",
    "macro F1": "The mean over classes of the F1 score, which is high only if a class is found and not falsely named.",
    "Matthews": "Matthews' correlation of predicted and true classes: 1 is perfect, 0 is guessing. Unequal class sizes "
    "do not inflate it.",
    "Brier": "The mean squared error of the predicted probabilities, summed over classes. Lower is better.",
    "log loss": "The mean surprise at the true label, in nats, over all held-out predictions. Lower is better.",
    "ECE": "Expected calibration error: how far the stated confidence is from the share that is right, on average. 0 "
    "means that 80 % confidence is right in 80 % of cases.",
    "calibration": "Whether confidence can be taken at its word: of images labelled with 80 % confidence, 80 % should "
    "be right.",
    "confusion": "How many images of each true class were given each class.",
    "Pareto front": "The networks that no other network beats in accuracy and in every cost at once.",
    "probability": "The probability that this network is on the front, given what the study leaves open.",
    "on the front": "Whether no other network is at least as good in accuracy and cost, and better in one.",
    "% per million parameters": "Accuracy in percent divided by millions of parameters: the accuracy density of Bianco "
    "et al. (2018).",
    "lead in accuracy": "The accuracy of the most accurate network less that of the control, with its interval.",
    "difference in loss": "The loss of the most accurate network less that of the control. Below zero is better.",
    "difference": "The accuracy of the second network less that of the first, with its interval.",
    "taken": "The network that the answer recommends.",
    "law": "A formula for accuracy or loss as the number of parameters grows, fitted to the measured sizes.",
    "Akaike weight": "How much the data prefer one formula to the others, from 0 to 1.",
    "near duplicates": "Pictures that are almost equal. If one is used for training and the other for testing, "
    "accuracy looks better than it is.",
    "price": "How many points of accuracy a cost must bring: at a price of 0.5 points per million parameters, a "
    "network with a million parameters more has to be 0.5 points more accurate to be worth as much.",
}
"""By term, as it is written in headings of columns and charts."""

_ALIASES: Mapping[str, str] = {
    "val accuracy": "accuracy",
    "train accuracy": "training accuracy",
    "accuracy on held-out images": "accuracy",
    "balanced accuracy on held-out images": "balanced accuracy",
    "loss on held-out images (nats per image)": "loss",
    "val loss": "loss",
    "MFLOPs per image": "FLOPs",
    "FLOPs per image": "FLOPs",
    "trials": "trial",
    "s per training": "training time",
    "seconds per training": "training time",
    "ms per training step": "ms per step",
    "folds": "fold",
    "found with 80 % power": "power",
}
"""Other names of the same terms."""


def definition(term: str) -> tuple[str, str] | None:
    """The name and the definition of a term; None if it has none."""
    name = _ALIASES.get(term, term)
    return (name, DEFINITIONS[name]) if name in DEFINITIONS else None
