"""Studies that are hard to draw, and every figure of a study."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from bench.analyse.analysis import analyse_study
from bench.audit.audit_records import Audit, ClassShare, Distribution
from bench.pages.audit_page import MEASURES
from bench.pages.charts.audit_chart import audit_chart
from bench.pages.charts.data_axis_chart import data_axes, data_axis_chart
from bench.pages.charts.paper_chart import paper_chart
from bench.records import Network, NetworkCost, Protocol, Study, TimedPart, TrialResult
from bench.render.figures.data_axis_figure import data_axis_figure
from bench.render.figures.house_style import house_style
from bench.render.figures.paper_figure import DOUBLE_INCHES, SINGLE_INCHES, paper_figure
from bench.render.figures.row_figures import audit_figure
from bench.report.report_files import FILES, Sources
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import ENVIRONMENT, Planted, cost, network, step_times

LONG = "a_name_of_eighty_characters_without_a_space_in_it_that_no_page_has_room_for_0123"
LONG_WORDS = "a name of eighty characters with spaces in it, for which no page has room, 01234"
CLASSES = (LONG, LONG_WORDS)
NOISY = tuple(Protocol(epochs=3, n_train=n, label_noise=0.2) for n in (3, 4, 5))
PUBLISHED = {
    "label": LONG_WORDS,
    "architecture": "paper_small",
    "n_params": 4000,
    "val_accuracy": 0.88,
    "n_images": 33,
    "step_ms": 35.0,
}
FACTORIAL: Mapping[str, object] = {
    "factors": [
        {"name": "the_size_of_the_input", "low": {"input_shape": [48, 48, 3]}, "high": {"input_shape": [70, 70, 3]}},
        {"name": "dropout_of_the_dense_layers", "low": {"axes": {"dropout": 0.0}}, "high": {"axes": {"dropout": 0.5}}},
        {
            "name": "learning_rate",
            "low": {"protocol": {"learning_rate": 0.001}},
            "high": {"protocol": {"learning_rate": 0.01}},
        },
        {"name": "batch_size", "low": {"protocol": {"batch_size": 8}}, "high": {"protocol": {"batch_size": 16}}},
    ]
}
FACTORIAL_NETWORKS: Mapping[Network, NetworkCost] = {
    network(side=side, dropout=dropout): cost(100 * side) for side in (48, 70) for dropout in (0.0, 0.5)
}
FACTORIAL_PROTOCOLS = tuple(
    Protocol(epochs=3, learning_rate=rate, batch_size=size) for rate in (0.001, 0.01) for size in (8, 16)
)


@dataclass(frozen=True)
class Hard(Planted):
    """A planted study with names of its own, and with times of every part of a step."""

    name: str = "widths-lungs"

    @property
    def study(self) -> Study:
        return super().study.model_copy(update={"name": self.name, "dataset": self.name})

    def write_hard(self, folder: Path, n_misses: int | None) -> None:
        """Store trials with ``n_misses`` wrong images each; None: growing with fold, seed and network."""
        place = {each.key: number for number, each in enumerate(self.networks)}

        def result(trial: Any) -> TrialResult:
            if n_misses is not None:
                return self.result(trial, n_misses)
            number = place[trial.network.key] if hasattr(trial, "network") else 3
            return self.result(trial, 1 + (number + trial.seed + trial.fold) % 3)

        self.write(folder, result, step_ns=())
        parts = (TimedPart.FORWARD, TimedPart.FORWARD_BACKWARD, TimedPart.STEP)
        with Store.create_or_open(folder) as store:
            for number, each in enumerate(self.networks):
                for protocol, part in product(self.protocols, parts):
                    ns = [(3 + number) * 1_000_000 + 1000 * n for n in range(4)]
                    store.record_measurement(step_times(each, protocol, ns, part=part), ENVIRONMENT)


def sizes(n: int, architecture: str = "paper_small") -> Mapping[Network, NetworkCost]:
    """Networks of widths 1, 2, ... of one architecture."""
    return {network(architecture, float(width)): cost(4000 * width) for width in range(1, n + 1)}


def every_figure(folder: Path) -> Iterator[tuple[str, Figure]]:
    """Every figure that the report and the paper pack of a study have, drawn."""
    with Store.open_existing(folder) as store, house_style():
        data = StudyData.read(store)
        sources = Sources(data, analyse_study(data))
        for file in FILES:
            if file.draw is not None and file.when(sources):
                yield file.name, file.draw(sources)
        for axis in data_axes(data):
            yield axis, data_axis_figure(data_axis_chart(data, sources.analysis, axis))
        for name, inches in (("single", SINGLE_INCHES), ("double", DOUBLE_INCHES)):
            yield f"paper {name}", paper_figure(paper_chart(data, sources.analysis), inches)


def audit_of(names: tuple[str, ...]) -> Figure:
    """The figure of an audit with these classes."""
    shares = tuple(ClassShare(name=name, n_images=1200, n_groups=900, share=1 / len(names)) for name in names)
    spread = {"minimum": 52_000.0, "quartile_1": 70_000.0, "median": 90_000.0}
    rows = tuple(
        Distribution(measure=measure, class_name=name, quartile_3=120_000.0, maximum=210_000.0, **spread)
        for measure in MEASURES
        for name in names
    )
    nothing: dict[str, Any] = dict.fromkeys(
        ("compositions", "separations", "near_duplicates", "left_out", "findings"), ()
    )
    audit = Audit(
        dataset=LONG,
        data_hash="0",
        n_images=1200 * len(names),
        n_groups=900,
        n_patients=None,
        n_searched=0,
        classes=shares,
        distributions=rows,
        **nothing,
    )
    with house_style():
        return audit_figure(audit_chart(audit))
