"""The choice on the inner validation part: sentences and a table."""

from collections.abc import Iterator

import pandas as pd

from bench.pages.document import Section, Statement, Table
from bench.pages.number_text import interval_text, number


def nested_section(choices: pd.DataFrame) -> Section:
    """The section of statements.md; ``choices`` as ``nested_choices`` gives them."""
    table = _table(choices)
    names = ("network", str(table.columns[2]))
    return Section(
        "Chosen on the inner validation part", (*map(Statement, _sentences(choices)), Table.of(table, names))
    )


def _sentences(choices: pd.DataFrame) -> Iterator[str]:
    over = choices["over"].iloc[0]
    yield (
        f"Chosen: in every seed and fold, the {over} with the least loss on the inner validation part. Nothing is "
        "chosen on the held-out fold, so accuracy and loss estimate the performance of a network that is tuned in this "
        "way (nested cross-validation). In all other sections a network has one setting in all folds. Taking the best "
        "of several settings there means choosing on the held-out folds."
    )
    gains = sorted(optimism.value for optimism in choices["accuracy_optimism"])
    span = " to ".join(dict.fromkeys(number(gain) for gain in (gains[0], gains[-1])))
    yield (
        "Picked: in every seed and fold, the best setting on the held-out fold itself, for accuracy and for loss. This "
        f"overstates accuracy by {span} compared with tuning. The optimism is never below 0, and it is 0 if both "
        "choices agree."
    )
    if n_failed := int(choices["n_failed"].sum()):
        yield f"{n_failed} failed trials could not be chosen."
    if n_undecided := int(choices["n_undecided"].sum()):
        yield f"{n_undecided} (network, seed, fold) are left out, since candidate trials are not done."


def _table(choices: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "network": row["network"],
                "parameters": f"{row['n_params']:,}",
                f"chosen {row['over']} (in how many folds)": counts(row["chosen"]),
                "accuracy": interval_text(row["accuracy"]),
                "picked accuracy": number(row["picked_accuracy"]),
                "optimism of accuracy": interval_text(row["accuracy_optimism"]),
                "loss": interval_text(row["loss"]),
                "picked loss": number(row["picked_loss"]),
                "optimism of loss": interval_text(row["loss_optimism"]),
            }
            for row in choices.to_dict("records")
        ]
    )


def counts(chosen: dict[str, int]) -> str:
    """Settings with their counts, most often chosen first: ``0.001 (4), 0.01 (2)``."""
    return ", ".join(f"{setting} ({count})" for setting, count in chosen.items())
