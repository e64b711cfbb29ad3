"""Choosing between protocols on the inner validation part, so that nothing is chosen on the held-out fold."""

from collections.abc import Sequence

import pandas as pd

from bench.analyse.summary import group_columns


def chosen_on_inner(trials: pd.DataFrame, over: Sequence[str]) -> pd.DataFrame:
    """Of trials that differ in ``over`` only, those with the least loss on the inner validation part.

    The choice is made anew in each fold and seed, as it has to be for the held-out result to stand for a network whose
    learning rate was chosen on training data (nested cross-validation: Varma and Simon 2006, Bias in error estimation
    when using cross-validation for model selection). Of equals the first in the order of registration is taken.

    Args:
        trials: as ``Store.trials`` gives them; those that are not done, or have no inner validation part, are left out.
        over: what is chosen, such as ``["protocol_learning_rate"]``.

    Returns:
        Rows of ``trials``, one for each network, what else varies of its protocol, fold and seed.
    """
    candidates = trials[(trials["state"] == "DONE") & trials["inner_loss"].notna()]
    keys = [column for column in group_columns(trials) if column not in over] + ["seed", "fold"]
    best = candidates.groupby(keys, sort=False)["inner_loss"].idxmin()
    return candidates.loc[best.sort_values()]
