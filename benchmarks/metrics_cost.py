"""Processor time of the metrics of held-out predictions: the package's own formulas against scikit-learn's.

python -m benchmarks.metrics_cost
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.analyse.predictions.metrics import pooled_metrics

N_CALLS = 50
SIZES = ((294, 2), (240, 10), (2000, 2))
"""Predictions and classes: three repetitions of 98 images; the digits of a built-in sweep; 2,000 images."""


def main() -> None:
    """Print the time of the import, and milliseconds per network for both."""
    begun = time.process_time()
    from sklearn import metrics

    print(f"import sklearn.metrics: {time.process_time() - begun:.2f} s")

    def scikit_learn(true: NDArray[np.int64], p: NDArray[np.float64]) -> None:
        predicted, is_two = p.argmax(axis=1), p.shape[1] == 2
        metrics.accuracy_score(true, predicted)
        metrics.balanced_accuracy_score(true, predicted)
        metrics.f1_score(true, predicted, average="macro", zero_division=0.0)
        metrics.matthews_corrcoef(true, predicted)
        metrics.roc_auc_score(true, p[:, 1] if is_two else p, multi_class="ovr")
        metrics.log_loss(true, p, labels=range(p.shape[1]))
        metrics.brier_score_loss(true, p[:, 1] if is_two else p, labels=None if is_two else range(p.shape[1]))

    draw = np.random.default_rng(0)
    for n, n_classes in SIZES:
        true = draw.integers(0, n_classes, n)
        odds = np.exp(draw.normal(0, 1, (n, n_classes)))
        p = odds / odds.sum(axis=1, keepdims=True)
        own, other = _ms(pooled_metrics, true, p), _ms(scikit_learn, true, p)
        print(f"{n} predictions, {n_classes} classes: {own:.2f} ms per network; scikit-learn {other:.1f} ms")


def _ms(
    compute: Callable[[NDArray[np.int64], NDArray[np.float64]], object],
    true: NDArray[np.int64],
    p: NDArray[np.float64],
) -> float:
    compute(true, p)
    begun = time.process_time()
    for _ in range(N_CALLS):
        compute(true, p)
    return (time.process_time() - begun) / N_CALLS * 1e3


if __name__ == "__main__":
    main()
