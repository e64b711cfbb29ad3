"""A learning rate chosen on the inner validation part, in each fold by itself."""

import numpy as np
import pandas as pd

from bench.analyse.nested import chosen_on_inner


def test_in_each_fold_the_rate_with_the_least_inner_loss_is_taken_whatever_it_does_on_the_held_out_fold() -> None:
    trials = pd.DataFrame(
        {
            "architecture": "a",
            "network_key": "k",
            "protocol_learning_rate": [0.1, 0.1, 0.01, 0.01],
            "protocol_epochs": 3,
            "seed": 0,
            "fold": [0, 1, 0, 1],
            "state": "DONE",
            "inner_loss": [0.5, 0.2, 0.4, 0.3],
            "val_accuracy": [0.9, 0.1, 0.2, 0.8],
        }
    )
    chosen = chosen_on_inner(trials, ["protocol_learning_rate"])
    assert chosen[["fold", "protocol_learning_rate"]].to_numpy().tolist() == [[1, 0.1], [0, 0.01]]
    assert chosen["val_accuracy"].tolist() == [0.1, 0.2]
    trials["inner_loss"] = [np.nan, 0.2, 0.4, np.nan]
    assert len(chosen_on_inner(trials, ["protocol_learning_rate"])) == 2
    assert len(chosen_on_inner(trials.assign(state="FAILED"), ["protocol_learning_rate"])) == 0
