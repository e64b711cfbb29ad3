"""Controls: a table, and the verdict in words."""

import pandas as pd

from bench import controls
from bench.analyse.control_comparison import compare, verdict
from bench.pages.document import Note, Page, Section, Statement, Table
from bench.pages.wording import NOTHING, mean_and_sd
from bench.study.study_data import StudyData

_NOTE = (
    "Controls are trained on the same folds and seeds; those with no parameters on all of each training part and its "
    "true labels, whatever a protocol leaves out or changes of them. Leads are means of paired differences with 95 % "
    "corrected resampled t intervals (Nadeau and Bengio 2003), which allow for training images that folds share; the "
    "best network is the one of the highest mean held-out accuracy."
)


def controls_page(data: StudyData) -> Page:
    """The verdict, sentence by sentence; one row per control with the best network's lead over it; what each is."""
    table = controls_table(data)
    verdicts = tuple(map(Statement, verdict(data.trials))) or (Note("No control is done."),)
    meanings = (Statement(f"{name}: {controls.get(name).summary}") for name in table["control"])
    blocks = (*verdicts, Table.of(table, ("control",)), Note(_NOTE), *meanings)
    return Page(f"Controls of {data.study.name}", (Section("", blocks),))


def controls_table(data: StudyData) -> pd.DataFrame:
    """One row of text cells per control."""
    table = data.controls
    pairs = compare(data.trials)
    best = pairs[pairs["network_mean"] == pairs["network_mean"].max()].drop_duplicates("control").set_index("control")

    def lead(metric: str) -> list[str]:
        return [str(best[metric][name]) if name in best.index else NOTHING for name in table["architecture"]]

    return pd.DataFrame(
        {
            "control": table["architecture"],
            "parameters": [f"{n:,}" for n in table["n_params"]],
            "trials": [f"{done} of {n}" for done, n in zip(table["n_done"], table["n_trials"], strict=True)],
            "val accuracy": mean_and_sd(table, "val_accuracy"),
            "val loss": mean_and_sd(table, "val_loss"),
            "best network's accuracy less this": lead("accuracy"),
            "its loss less this": lead("loss"),
        }
    )
