"""Controls in the report: labelled lines in plots, a table, and the verdict in words."""

import pandas as pd
from matplotlib.axes import Axes

from bench.analyse.controls import compare, verdict
from bench.report.material import Material
from bench.report.tables import NOTHING, as_markdown, mean_and_sd

_COLOUR = "#777777"
_DASHES = ((6, 2), (4, 1.5, 1, 1.5), (1, 1), (3, 1, 1, 1, 1, 1), (8, 3), (2, 2), (5, 1), (1, 2.5))
_DRAWN_BY_COUNTS = "majority_class"
"""Its accuracy and loss are in every plot already, computed from the class counts."""

_NOTE = (
    "Controls are trained on the same folds and seeds. Leads are means of paired differences with 95 % corrected "
    "resampled t intervals (Nadeau and Bengio 2003), which allow for training images that folds share; the best "
    "network is the one of the highest mean held-out accuracy."
)


def draw_controls(axes: Axes, material: Material, metric: str) -> None:
    """A horizontal line a control that is done, at its mean, named in the legend; lines differ without colour too.

    Args:
        axes: where.
        material: the study.
        metric: ``val_accuracy`` or ``val_loss``.
    """
    done = material.controls[material.controls["n_done"] > 0]
    done = done[done["architecture"] != _DRAWN_BY_COUNTS]
    for place, row in enumerate(done.itertuples()):
        mean = float(getattr(row, f"{metric}_mean"))
        axes.axhline(
            mean,
            color=_COLOUR,
            linewidth=1.1,
            linestyle=(0, _DASHES[place % len(_DASHES)]),
            label=f"{row.architecture}: {mean:.3f}",
            zorder=1,
        )


def controls_markdown(material: Material) -> str:
    """The verdict, sentence by sentence, and a row a control with the best network's lead over it."""
    sentences = "\n".join(f"- {sentence}" for sentence in verdict(material.trials))
    return f"{sentences or 'No control is done.'}\n\n{as_markdown(controls_table(material))}\n\n{_NOTE}\n"


def controls_table(material: Material) -> pd.DataFrame:
    """Text cells, a row a control."""
    table = material.controls
    pairs = compare(material.trials)
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
