"""Two-level designs: whole, fractional, what they confound; and the sweep that is one."""

from itertools import combinations

import numpy as np
import pytest

from bench.sweeps import load_sweep
from bench.sweeps.factorial import resolution, signs
from tests.sweeps.test_expand import sweep_of, trials_of

# Box, Hunter and Hunter, table 6.22: generators and resolutions of designs in common use.
PUBLISHED = [
    ("abc", ["c = a * b"], 3),
    ("abcd", ["d = a * b * c"], 4),
    ("abcde", ["d = a * b", "e = a * c"], 3),
    ("abcde", ["e = a * b * c * d"], 5),
    ("abcdef", ["e = a * b * c", "f = b * c * d"], 4),
    ("abcdef", ["f = a * b * c * d * e"], 6),
    ("abcdefg", ["g = a * b * c * d * e * f"], 7),
]


@pytest.mark.parametrize(("factors", "generators", "expected"), PUBLISHED)
def test_a_published_design_has_its_cells_and_its_resolution(
    factors: str, generators: list[str], expected: int
) -> None:
    design = signs(list(factors), generators)
    assert len(np.unique(design, axis=0)) == len(design) == 2 ** (len(factors) - len(generators))
    assert resolution(list(factors), generators) == expected


@pytest.mark.parametrize(("factors", "generators", "expected"), PUBLISHED)
def test_effects_below_the_resolution_are_told_apart(factors: str, generators: list[str], expected: int) -> None:
    design = signs(list(factors), generators)
    words = [c for n in range(1, expected) for c in combinations(range(len(factors)), n)]
    assert all(design[:, word].prod(axis=1).sum() == 0 for word in words)
    longest = combinations(range(len(factors)), expected)
    assert any(abs(design[:, word].prod(axis=1).sum()) == len(design) for word in longest)


def test_a_whole_factorial_has_no_resolution_and_begins_all_low() -> None:
    assert resolution(["a", "b"], []) is None
    assert signs(["a", "b"])[0].tolist() == [-1, -1]


@pytest.mark.parametrize("generator", ["c", "c = a", "c = c * a", "c = a * a", "d = a * b", "c = a * "])
def test_a_generator_of_another_form_is_refused(generator: str) -> None:
    names = ["a", "b", "c"]
    if generator == "c = a":  # one factor aliased with another is a design, if a bad one
        assert resolution(names, [generator]) == 2
        return
    with pytest.raises(ValueError, match="a generator is a text such as"):
        signs(names, [generator])


def test_confounds_holds_both_of_the_papers_runs_and_tells_interactions_from_main_effects() -> None:
    sweep = load_sweep("confounds")
    assert sweep.factorial is not None
    names = [factor.name for factor in sweep.factorial.factors]
    assert names == ["architecture", "input_size", "optimizer", "batch_size", "output_activation", "augmentation"]
    assert resolution(names, sweep.factorial.generators) == 6
    paper = {
        (t.network, t.protocol.model_copy(update={"learning_rate_decay": 0.0})) for t in trials_of(load_sweep("paper"))
    }
    plain = {
        "augment_flip": "none",
        **dict.fromkeys(("augment_shift", "augment_rotation_degrees", "augment_zoom", "augment_contrast"), 0.0),
        "learning_rate_decay": 0.0,
    }
    ours = {(trial.network, trial.protocol.model_copy(update=plain)) for trial in trials_of(sweep)}
    assert paper <= ours
    assert len({(trial.network.key, trial.protocol) for trial in trials_of(sweep)}) == 32


def test_a_level_that_sets_other_keys_than_its_counterpart_is_refused() -> None:
    factors = [
        {"name": "a", "low": {"architecture": "paper_small"}, "high": {"architecture": "paper_large"}},
        {"name": "b", "low": {"protocol": {"epochs": 1}}, "high": {"protocol": {"batch_size": 1}}},
    ]
    with pytest.raises(ValueError, match="the same keys at both levels"):
        sweep_of(grid=(), factorial={"factors": factors})


def test_a_full_design_of_thirty_factors_is_refused_before_its_cells_are_formed() -> None:
    with pytest.raises(ValueError, match=r"at most 16 factors without a generator, .* 65,536 cells; received 30"):
        signs([f"f{number}" for number in range(30)])
