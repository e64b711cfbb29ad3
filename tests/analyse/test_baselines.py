import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, log_loss

from bench.analyse.baselines import class_counts_loss, majority_share

class_counts = st.lists(st.integers(1, 50), min_size=2, max_size=6)


@given(class_counts)
def test_both_are_what_scikit_learns_dummy_reaches(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    dummy = DummyClassifier(strategy="prior").fit(labels[:, None], labels)
    assert majority_share(counts) == pytest.approx(accuracy_score(labels, dummy.predict(labels[:, None])))
    assert class_counts_loss(counts) == pytest.approx(log_loss(labels, dummy.predict_proba(labels[:, None])))


@given(class_counts)
def test_the_loss_of_class_counts_is_their_entropy(counts):
    assert class_counts_loss(counts) == pytest.approx(entropy(counts))
