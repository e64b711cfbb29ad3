"""Controls that train no network: scikit-learn's classifiers on simpler inputs.

No probability is 0, so the loss of a confident error is finite. Class shares, votes of the forest and hits of the
nearest neighbour follow Laplace's rule of succession. Probabilities of logistic regressions are below 1.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.controls.control_registry import ControlData, Predictor, Sight, fitted_control

N_TREES = 300
MAX_ITERATIONS = 2000


@fitted_control(Sight.NO_PIXEL)
def majority_class(data: ControlData, train_rows: NDArray[np.int64], generator: np.random.Generator) -> Predictor:
    """Predicts the class shares of the training part, so always its most frequent class."""
    counts = np.bincount(data.labels[train_rows], minlength=data.n_classes)
    shares = (counts + 1) / (counts.sum() + data.n_classes)
    return lambda rows: np.tile(shares, (len(rows), 1))


@fitted_control(Sight.NO_PIXEL)
def metadata_forest(data: ControlData, train_rows: NDArray[np.int64], generator: np.random.Generator) -> Predictor:
    """A random forest on width, height, aspect, gray or colour, and format of the files, without pixels."""
    from sklearn.ensemble import RandomForestClassifier

    features = pd.get_dummies(data.metadata, columns=["format"]).to_numpy(np.float64)
    forest = RandomForestClassifier(N_TREES, random_state=int(generator.integers(2**31)))
    forest.fit(features[train_rows], data.labels[train_rows])
    return lambda rows: _succession(
        _all_classes(forest.predict_proba(features[rows]), forest.classes_, data.n_classes), N_TREES
    )


@fitted_control(Sight.NO_OBJECT)
def mean_intensity(data: ControlData, train_rows: NDArray[np.int64], generator: np.random.Generator) -> Predictor:
    """Logistic regression on the mean of all pixels and its square, so on brightness only."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    means = np.array([image.mean(dtype=np.float64) for image in data.images])[:, np.newaxis]
    regression = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), LogisticRegression(max_iter=MAX_ITERATIONS)
    )
    regression.fit(means[train_rows], data.labels[train_rows])
    return lambda rows: _all_classes(regression.predict_proba(means[rows]), regression.classes_, data.n_classes)


@fitted_control(Sight.OBJECT)
def pixel_logistic(data: ControlData, train_rows: NDArray[np.int64], generator: np.random.Generator) -> Predictor:
    """Multinomial logistic regression on all pixels, L2-penalised (C = 1), centred on the training mean.

    Pixels are first rotated onto all principal axes of the training part. This changes neither the penalty nor the
    solution, and leaves at most as many columns as there are training images.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    regression = make_pipeline(PCA(svd_solver="full"), LogisticRegression(max_iter=MAX_ITERATIONS))
    regression.fit(_pixels(data, train_rows), data.labels[train_rows])
    classes = regression.classes_
    return lambda rows: _all_classes(regression.predict_proba(_pixels(data, rows)), classes, data.n_classes)


@fitted_control(Sight.OBJECT)
def nearest_neighbour(data: ControlData, train_rows: NDArray[np.int64], generator: np.random.Generator) -> Predictor:
    """Predicts the class of the training image that is nearest in pixels (Euclidean).

    The probability of this class is the share of training images whose nearest neighbour has their class. The other
    classes share the rest.
    """
    from sklearn.neighbors import NearestNeighbors

    labels = data.labels[train_rows]
    search = NearestNeighbors(algorithm="brute").fit(_pixels(data, train_rows))
    # kneighbors() without images excludes each training image from its own neighbours.
    of_others = search.kneighbors(n_neighbors=1, return_distance=False)[:, 0]
    n_right = np.count_nonzero(labels[of_others] == labels)
    # The predicted class stays the most probable one even if it is rarely correct.
    confidence = max((int(n_right) + 1) / (len(labels) + data.n_classes), 1 / data.n_classes + 1e-3)

    def predict(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        nearest = search.kneighbors(_pixels(data, rows), n_neighbors=1, return_distance=False)[:, 0]
        probabilities = np.full((len(rows), data.n_classes), (1 - confidence) / (data.n_classes - 1))
        probabilities[np.arange(len(rows)), labels[nearest]] = confidence
        return probabilities

    return predict


def _pixels(data: ControlData, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return data.images[rows].reshape(len(rows), -1)


def _all_classes(probabilities: NDArray[np.float64], classes: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Widen probabilities of the classes in the training part to all classes, without zeros."""
    wide = np.zeros((len(probabilities), n_classes))
    wide[:, classes] = probabilities
    wide = np.maximum(wide, np.finfo(np.float32).eps)
    normed: NDArray[np.float64] = wide / wide.sum(axis=1, keepdims=True)
    return normed


def _succession(shares: NDArray[np.float64], n_votes: int) -> NDArray[np.float64]:
    smoothed: NDArray[np.float64] = (shares * n_votes + 1) / (n_votes + shares.shape[1])
    return smoothed
