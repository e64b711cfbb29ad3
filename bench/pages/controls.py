"""Controls in the report: a table, and the verdict in words. Plots draw them as labelled lines (``scaling``)."""

import pandas as pd

from bench import controls
from bench.analyse.control_comparison import compare, verdict
from bench.pages.tables import NOTHING, as_markdown, mean_and_sd
from bench.study.study_data import StudyData

_NOTE = (
    "Controls are trained on the same folds and seeds; those with no parameters on all of each training part and its "
    "true labels, whatever a protocol leaves out or changes of them. Leads are means of paired differences with 95 % "
    "corrected resampled t intervals (Nadeau and Bengio 2003), which allow for training images that folds share; the "
    "best network is the one of the highest mean held-out accuracy."
)


def controls_markdown(data: StudyData) -> str:
    """The verdict, sentence by sentence; a row a control with the best network's lead over it; what each control is."""
    sentences = "\n".join(f"- {sentence}" for sentence in verdict(data.trials))
    table = controls_table(data)
    meanings = "\n".join(f"- {name}: {controls.get(name).summary}" for name in table["control"])
    parts = (
        f"# Controls of {data.study.name}",
        sentences or "No control is done.",
        as_markdown(table, ["control"]),
        _NOTE,
        f"{meanings}\n",
    )
    return "\n\n".join(parts)


def controls_table(data: StudyData) -> pd.DataFrame:
    """Text cells, a row a control."""
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
