"""Sweeps by name, by path, with overrides; the built-in ones; the example of the documentation."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import architectures
from bench.errors import SweepError
from bench.records import Protocol, Record
from bench.sweeps import Sweep, built_in, load_sweep, requests, with_design
from bench.sweeps.sweep_file import DataChoice, Factor, Factorial, FactorLevel, GridBlock, PublishedPoint, ReportChoice
from tests.sweeps.test_expand import network, trials_of

BUILT_IN = Path(__file__).parents[2] / "bench" / "sweeps" / "builtin"
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "sweeps.md"


@pytest.mark.parametrize("name", built_in())
def test_a_built_in_sweep_loads_under_its_name_and_plans_trials(name: str) -> None:
    sweep = load_sweep(name)
    assert sweep.name == name
    assert sweep.description == built_in()[name]
    assert trials_of(sweep)


def test_the_built_in_sweeps_are_listed_by_name() -> None:
    assert {
        *(
            "architectures",
            "confounds",
            "images-or-parameters",
            "label-noise",
            "paper",
            "resolutions",
            "sample-efficiency",
            "smoke",
            "widths",
        )
    } <= set(built_in())
    assert list(built_in()) == sorted(built_in())


def test_listing_and_loading_sweeps_imports_no_tensorflow() -> None:
    code = (
        "import sys; from bench.sweeps import built_in, load_sweep, requests\n"
        "for name in built_in(): requests(load_sweep(name), 2)\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_architectures_covers_everything_registered() -> None:
    asked = requests(load_sweep("architectures"), 2)
    assert {request.architecture for request in asked} == set(architectures.names())


def test_widths_changes_nothing_but_architecture_and_width() -> None:
    trials = trials_of(load_sweep("widths"))
    assert len({trial.protocol for trial in trials}) == 1
    assert {trial.network.input_shape for trial in trials} == {(70, 70, 3)}
    assert {trial.network.architecture for trial in trials} == {"paper_small", "paper_large"}


def test_widths_spans_the_published_counts_and_its_comments_count_them_exactly(tensorflow_runtime: None) -> None:
    n_params: dict[str, list[int]] = {"paper_small": [], "paper_large": []}
    for request in requests(load_sweep("widths"), 2):
        builder = architectures.get(request.architecture)
        model = builder.build(request.input_shape, request.n_classes, **network(request).builder_arguments)
        n_params[request.architecture].append(model.count_params())
    for family, published in (("paper_small", 1_059_106), ("paper_large", 3_824_486)):
        counts = n_params[family]
        assert len(counts) >= 7
        assert counts == sorted(counts)
        assert counts[0] == pytest.approx(published / 60, rel=0.1)
        assert counts[-1] > published
        assert any(1_059_106 < count < 3_824_486 for count in counts)
    text = (BUILT_IN / "widths.toml").read_text()
    noted = [int(count.replace(",", "")) for count in re.findall(r"^ +[\d.]+, *# +([\d,]+\d)", text, re.MULTILINE)]
    assert noted == n_params["paper_small"] + n_params["paper_large"]


def test_paper_is_as_published() -> None:
    small, large = (trials_of(load_sweep("paper"))[i] for i in (0, -1))
    assert (small.network.width, large.network.width) == (1.0, 1.0)
    assert (small.network.input_shape, large.network.input_shape) == ((70, 70, 3), (150, 150, 3))
    assert dict(large.network.axes)["output_activation"] == "sigmoid"
    assert small.protocol == Protocol(
        optimizer="sgd", learning_rate=0.01, learning_rate_decay=0.01 / 25, batch_size=32, epochs=25
    )
    assert large.protocol == Protocol(
        optimizer="adam", learning_rate=0.001, learning_rate_decay=0.001 / 25, batch_size=10, epochs=25
    )
    report = load_sweep("paper").report
    assert report.confusion
    assert [point.n_params for point in report.published] == [1_059_106, 3_824_486]
    assert report.published[0].val_accuracy == pytest.approx(29 / 33, abs=5e-5)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("folds=7", lambda s: s.folds == 7),
        ("patient_wise=false", lambda s: s.patient_wise is False),
        ("data.source=phantom", lambda s: s.data.source == "phantom"),
        ("data.source = 'a b'", lambda s: s.data.source == "a b"),
        ("data.source=../images/set=2", lambda s: s.data.source == "../images/set=2"),
        ("protocol.optimizer=sgd", lambda s: s.protocol["optimizer"] == ("sgd",)),
        ("protocol.epochs=[5, 6]", lambda s: s.protocol["epochs"] == (5, 6)),
        ("grid.1.width=[1,2]", lambda s: s.grid[1].width == (1.0, 2.0) != s.grid[0].width),
        ("grid.0.width.0=0.0625", lambda s: s.grid[0].width[:2] == (0.0625, 0.25)),
        ("grid.0.axes.dropout_dense=0.1", lambda s: s.grid[0].axes == {"dropout_dense": (0.1,)}),
    ],
)
def test_an_override_sets_one_value(override: str, expected: object) -> None:
    assert callable(expected)
    assert not expected(load_sweep("widths"))
    assert expected(load_sweep("widths", [override]))


def test_a_later_override_wins() -> None:
    assert load_sweep("smoke", ["folds=3", "folds=4"]).folds == 4


@pytest.mark.parametrize(
    ("override", "field", "value"),
    [("protocol.batch_size=7", "batch_size", 7), ("protocol={batch_size=7, epochs=25}", "learning_rate", 0.001)],
)
def test_a_protocol_override_of_the_sweep_holds_in_every_block(override: str, field: str, value: object) -> None:
    assert {getattr(trial.protocol, field) for trial in trials_of(load_sweep("paper", [override]))} == {value}


def test_a_shape_override_of_the_sweep_holds_in_every_block() -> None:
    sweep = load_sweep("paper", ["input_shape=[32, 32, 1]"])
    assert {trial.network.input_shape for trial in trials_of(sweep)} == {(32, 32, 1)}


def test_a_protocol_override_of_a_block_holds_in_that_block_alone() -> None:
    batches = {
        (trial.network.architecture, trial.protocol.batch_size)
        for trial in trials_of(load_sweep("paper", ["grid.0.protocol.batch_size=7"]))
    }
    assert batches == {("paper_small", 7), ("paper_large", 10)}


def test_the_sweep_on_other_data_keeps_everything_but_the_data_table() -> None:
    sweep = load_sweep("widths")
    other = load_sweep("widths", data="folder/of/images")
    assert (other.data.source, other.data.images) == ("folder/of/images", None)
    assert other.model_dump(exclude={"data"}) == sweep.model_dump(exclude={"data"})


def test_an_override_of_the_data_table_holds_for_data_that_was_given_too() -> None:
    sweep = load_sweep("widths", ["data.images=100"], data="folder/of/images")
    assert (sweep.data.source, sweep.data.images) == ("folder/of/images", 100)


@pytest.mark.parametrize("name", built_in())
def test_a_sweep_comes_back_from_the_json_that_a_study_stores(name: str) -> None:
    sweep = load_sweep(name)
    assert Sweep.model_validate(json.loads(json.dumps(sweep.model_dump(mode="json")))) == sweep


def test_the_example_of_the_documentation_loads_and_plans_the_trials_that_it_says(tmp_path: Path) -> None:
    text = DOCUMENTATION.read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "example.toml").write_text(example)
    n_trials = len(trials_of(load_sweep(str(tmp_path / "example.toml"))))
    assert f"{n_trials} trials" in text


def test_the_documentation_names_every_key_of_a_sweep_file() -> None:
    text = DOCUMENTATION.read_text()
    tables: list[type[Record]] = [
        Sweep,
        DataChoice,
        Protocol,
        GridBlock,
        Factorial,
        Factor,
        FactorLevel,
        ReportChoice,
        PublishedPoint,
    ]
    keys = [key for table in tables for key in table.model_fields]
    assert [key for key in keys if f"| `{key}` |" not in text] == []


def test_a_design_is_asked_for_by_the_sweep_or_by_the_command_line() -> None:
    plain, staged = load_sweep("smoke"), load_sweep("smoke", ["design.stages=2"])

    def stages(sweep: Sweep, **asked: Any) -> int | None:
        design = with_design(sweep, **{"until_decided": False, "fixed": False, "budget": None, **asked}).design
        return None if design is None else design.stages

    assert (stages(plain), stages(plain, until_decided=True), stages(plain, budget="20m")) == (None, 3, 3)
    assert (stages(staged), stages(staged, until_decided=True), stages(staged, fixed=True)) == (2, 2, None)
    limited = with_design(staged, until_decided=False, fixed=False, budget="20m")
    assert limited.design is not None
    assert limited.design.budget == 1200
    assert limited.stored() == staged.stored(), "a budget is no part of what a study keeps"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"fixed": True, "until_decided": True}, "--fixed trains a plain grid, .* received --until-decided too"),
        ({"fixed": True, "budget": "2m"}, "--fixed trains a plain grid, .* received --budget too"),
        ({"budget": "20"}, '--budget must be a duration above 0, such as "90s", .* received "20"'),
    ],
)
def test_a_design_that_contradicts_itself_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(SweepError, match=says):
        with_design(load_sweep("smoke"), **{"until_decided": False, "fixed": False, "budget": None, **asked})
