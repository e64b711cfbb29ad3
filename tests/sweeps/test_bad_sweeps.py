"""A sweep that does not hold is refused in one line that names file, key, value and what is allowed."""

from pathlib import Path

import pytest

from bench.errors import SweepError
from bench.sweeps import built_in, load_sweep

GOOD = """\
name = "mine"
description = "a sweep of my own"
folds = 5
seeds = [0, 1]
input_shape = [70, 70, 3]

[data]
source = "digits"
images = 300

[protocol]
epochs = 10

[[grid]]
architecture = "paper_small"
width = [0.25, 1.0]

[grid.axes]
output_activation = "sigmoid"
"""


def load(tmp_path: Path, text: str, overrides: tuple[str, ...] = ()) -> object:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    return load_sweep(str(file), overrides)


def refusal(tmp_path: Path, text: str, overrides: tuple[str, ...] = ()) -> str:
    with pytest.raises(SweepError) as caught:
        load(tmp_path, text, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(tmp_path / "mine.toml"), "mine.toml")


def test_the_sweep_that_the_bad_ones_are_made_of_is_good(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD)


BLOCK = GOOD[GOOD.index('"paper_small"') :]
PUBLISHED = """\
[[report.published]]
label = "in per cent"
architecture = "paper_small"
n_params = 1059106
val_accuracy = 87.9
n_images = 33
"""

# What is replaced in GOOD, by what, and parts of the message after the file's name: its beginning first.
# The message of a builder's axis or of an unknown name is the registry's, so of these only the gist is here.
BAD = {
    "unknown top-level key": (
        "folds = 5",
        "fold = 5",
        "fold: no such key, did you mean folds?; allowed: name,",
        "; received 5",
    ),
    "unknown protocol key": (
        "epochs = 10",
        "epocs = 10",
        "protocol.epocs: no such key, did you mean epochs?",
        "batch_size",
    ),
    "unknown block key": ("width =", "widths =", "grid[0].widths: no such key, did you mean width?"),
    "unknown design key": ("[data]", "[design]\nstage = 2\n[data]", "design.stage: no such key, did you mean stages?"),
    "no stage": (
        "[data]",
        "[design]\nstages = 0\n[data]",
        "design.stages: must be greater than or equal to 1; received 0",
    ),
    "too many stages": ("[data]", "[design]\nstages = 6\n[data]", "design.stages: must be less than or equal to 5"),
    "unknown question": (
        *("[data]", '[design]\nuntil = "slopes"\n[data]'),
        "design.until: must be 'slope' or 'choice'; received \"slopes\"",
    ),
    "a budget without a unit": (
        *("[data]", '[design]\nbudget = "20"\n[data]'),
        'design.budget: must be a duration above 0, such as "90s", "20m" or "1.5h"; received "20"',
    ),
    "a budget as a number": ("[data]", "[design]\nbudget = 20\n[data]", "design.budget: must be a duration in quotes"),
    "unknown data key": ("images =", "image =", "data.image: no such key, did you mean images?"),
    "one fold": ("folds = 5", "folds = 1", "folds: must be greater than or equal to 2; received 1"),
    "folds as a boolean": ("folds = 5", "folds = true", "folds: must be a whole number; received true"),
    "folds as a text": ("folds = 5", 'folds = "5"', 'folds: must be a whole number; received "5"'),
    "folds missing": ("folds = 5\n", "", "folds: is required"),
    "no seeds": ("seeds = [0, 1]", "seeds = []", "seeds: must hold at least one value; received []"),
    "a negative seed": (
        "seeds = [0, 1]",
        "seeds = [0, -1]",
        "seeds[1]: must be greater than or equal to 0; received -1",
    ),
    "a seed beyond 32 bits": (
        "seeds = [0, 1]",
        "seeds = 4294967296",
        "seeds: must be less than 4294967296; received 4294967296",
    ),
    "a seed twice": (
        "seeds = [0, 1]",
        "seeds = [3, 1, 3]",
        "seeds[2]: repeats an earlier value of this list: leave it out; received 3",
    ),
    "a boolean among seeds": ("seeds = [0, 1]", "seeds = [0, true]", "seeds[1]: must be a whole number; received true"),
    "a name with a slash": ('"mine"', '"my/sweep"', "name: must be lower-case letters, digits", 'received "my/sweep"'),
    "an empty description": ('"a sweep of my own"', '""', "description: must not be empty"),
    "no images": ("images = 300", "images = 0", "data.images: must be greater than 0; received 0"),
    "an empty source": ('"digits"', '""', "data.source: must not be empty"),
    "no data": ('[data]\nsource = "digits"\nimages = 300', "", "data: is required"),
    "zero epochs": ("epochs = 10", "epochs = 0", "protocol.epochs: must be greater than 0; received 0"),
    "zero epochs in a list": (
        "epochs = 10",
        "epochs = [5, 0]",
        "protocol.epochs[1]: must be greater than 0; received 0",
    ),
    "half an epoch": ("epochs = 10", "epochs = 0.5", "protocol.epochs: must be a whole number; received 0.5"),
    "an infinite learning rate": (
        "epochs = 10",
        "learning_rate = inf",
        "protocol.learning_rate: must be a finite number",
    ),
    "an unknown optimizer": (
        "epochs = 10",
        'optimizer = "adm"',
        "protocol.optimizer: must be 'sgd', 'adam' or 'rmsprop'; received \"adm\"",
    ),
    "momentum of one": ("epochs = 10", "momentum = 1", "protocol.momentum: must be less than 1; received 1"),
    "a negative width": ("[0.25, 1.0]", "[0.25, -1.0]", "grid[0].width[1]: must be greater than 0; received -1.0"),
    "an empty list of widths": ("[0.25, 1.0]", "[]", "grid[0].width: must hold at least one value; received []"),
    "one width twice": ("[0.25, 1.0]", "[1, 1.0]", "grid[0].width[1]: repeats an earlier value"),
    "width and params": ("width = [0.25, 1.0]", "width = 1\nparams = [17650]", "grid[0].params: excludes width"),
    "half a parameter": (
        "width = [0.25, 1.0]",
        "params = 17650.5",
        "grid[0].params: must be a whole number; received 17650.5",
    ),
    "a shape of two sides": (
        "[70, 70, 3]",
        "[70, 70]",
        "input_shape: must be [height, width, channels]",
        "received [70, 70]",
    ),
    "a shape of two channels": (
        "[70, 70, 3]",
        "[[70, 70, 3], [70, 70, 2]]",
        "input_shape[1]: must be [height",
        "channels 1 or 3; received [70, 70, 2]",
    ),
    "a shape of no height": ("[70, 70, 3]", "[0, 70, 3]", "input_shape: must be [height", "received [0, 70, 3]"),
    "no shapes": ("[70, 70, 3]", "[]", "input_shape: must", "received []"),
    "a shape twice": ("[70, 70, 3]", "[[70, 70, 3], [70, 70, 3]]", "input_shape[1]: repeats"),
    "no shape": ("input_shape = [70, 70, 3]\n", "", "input_shape: is required", "grid[0]"),
    "a shape too small": (
        "[70, 70, 3]",
        "[[70, 70, 3], [3, 3, 3]]",
        "input_shape[1]: paper_small needs",
        "received 3x3x3",
    ),
    "a shape too small in a block": (
        "width =",
        "input_shape = [3, 3, 3]\nwidth =",
        "grid[0].input_shape: paper_small needs",
    ),
    "no grid": (GOOD[GOOD.index("[[grid]]") :], "", "grid: is required"),
    "grid as a table": ("[[grid]]", "[grid]", "grid: must be a list of tables, in double brackets"),
    "an unknown architecture": ('"paper_small"', '"paper_smal"', "grid[0].architecture: ", "paper_smal", "paper_small"),
    "one unknown architecture": (
        '"paper_small"',
        '["paper_small", "nothing_*"]',
        "grid[0].architecture[1]: ",
        "nothing_*",
    ),
    "an axis of no builder": (
        "output_activation =",
        "output_activations =",
        "grid[0].axes.output_activations: paper_small has no axis",
        "did you mean output_activation",
    ),
    "width among the axes": (
        'output_activation = "sigmoid"',
        "width = 0.5",
        "grid[0].axes.width: belongs in the block itself",
    ),
    "an axis of the wrong kind": (
        '= "sigmoid"',
        "= [true]",
        "grid[0].axes.output_activation[0]: paper_small",
        "'softmax' or 'sigmoid'; received True",
    ),
    "an axis that is a table": (
        '= "sigmoid"',
        "= {a = 1}",
        "grid[0].axes.output_activation: must be a finite number, a text or a boolean",
    ),
    "width where there is none": (BLOCK, '"resnet152"\nwidth = 0.5', "grid[0].width: resnet152 has no width axis"),
    "params where there is no width": (
        BLOCK,
        '"resnet152"\nparams = 5000',
        "grid[0].params: resnet152 has no width axis",
    ),
    "a published accuracy in per cent": (
        "[[grid]]",
        f"{PUBLISHED}\n[[grid]]",
        "report.published[0].val_accuracy: must be less than or equal to 1; received 87.9",
    ),
    "malformed TOML": ("folds = 5", "folds = = 5", "not valid TOML", "line 3"),
    "a key twice": ("folds = 5", "folds = 5\nfolds = 6", "not valid TOML", "line 4"),
    "data as a text": (
        '[data]\nsource = "digits"\nimages = 300',
        'data = "digits"',
        'data: must be a table; received "digits"',
    ),
    "a block twice": (
        GOOD[GOOD.index("[[grid]]") :],
        f"{GOOD[GOOD.index('[[grid]]') :]}\n" * 2,
        "grid[1]: repeats an earlier value",
    ),
    "two errors": ("folds = 5\nseeds = [0, 1]", "folds = 1\nseeds = -1", "folds: ", "(and 1 more)"),
}


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.replace(" ", "-"))
def test_a_sweep_that_does_not_hold_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    old, new, *parts = BAD[case]
    assert old in GOOD
    message = refusal(tmp_path, GOOD.replace(old, new))
    assert ("more)" in message) == (case == "two errors")
    assert message.startswith(f"mine.toml: {parts[0]}")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("protocol.epocs=5", "--set protocol.epocs=5: protocol.epocs: no such key, did you mean epochs?"),
        ("protocol.epochs=0", "--set protocol.epochs=0: protocol.epochs: must be greater than 0; received 0"),
        ("protocol.epochs=five", 'protocol.epochs: must be a whole number; received "five"'),
        ("protocol={epochs=0}", "--set protocol={epochs=0}: protocol.epochs: must be greater than 0"),
        ("grid.0.width=[1,-2]", "--set grid.0.width=[1,-2]: grid[0].width[1]: must be greater than 0"),
        ("grid.0.width.1=0", "--set grid.0.width.1=0: grid[0].width[1]: must be greater than 0"),
        ("grid.0.params=17650", "--set grid.0.params=17650: grid[0].params: excludes width"),
        ("grid=[]", "--set grid=[]: grid: is required: one [[grid]] table or more, or one [factorial] table, not both"),
        ("protocol.epochs=5\nfolds=9", "--set protocol.epochs=5 folds=9: protocol.epochs: must be a whole number"),
        ("grid.1.width=1", "--set grid.1.width=1: grid is a list of 1: name one of its values by its number, 0 to 0"),
        ("grid.width=1", "--set grid.width=1: grid is a list of 1"),
        ("folds.x=1", "--set folds.x=1: folds is a plain value, with no keys below it: 5"),
        ("protocol.epochs", "--set takes dotted.key=value, such as protocol.epochs=5; received 'protocol.epochs'"),
        ("=5", "--set takes dotted.key=value"),
        ("protocol..epochs=5", "--set takes dotted.key=value"),
        ("protocol.epochs=[1,", "--set protocol.epochs=[1,: the value is not valid TOML"),
        ("protocol.epochs=", "--set protocol.epochs=: the value is not valid TOML"),
    ],
)
def test_an_override_that_does_not_hold_is_refused_by_its_own_words(
    tmp_path: Path, override: str, message: str
) -> None:
    assert message in refusal(tmp_path, GOOD, (override,))


def test_an_unknown_name_is_refused_with_the_nearest_and_all_names() -> None:
    with pytest.raises(SweepError, match="no built-in sweep is named 'width', did you mean widths") as caught:
        load_sweep("width")
    assert all(name in str(caught.value) for name in built_in())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"nowhere\.toml: No such file or directory"):
        load_sweep(str(tmp_path / "nowhere.toml"))


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SweepError, match=r"folder\.toml: Is a directory"):
        load_sweep(str(tmp_path / "folder.toml"))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.toml").write_bytes(b"name = \xff\xd8")
    with pytest.raises(SweepError, match=r"image\.toml: a sweep file is UTF-8 text; byte 7 is not"):
        load_sweep(str(tmp_path / "image.toml"))


NESTED = f"x = {'[' * 5000}{']' * 5000}"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"{NESTED}\n{GOOD}", "mine.toml: not valid TOML: its brackets are nested too deeply"),
        (GOOD.replace("folds = 5", f"folds = {'9' * 5000}"), "mine.toml: not valid TOML: a number has too many digits"),
        (
            GOOD.replace("epochs = 10", f"epochs = {'9' * 400}"),
            "protocol.epochs: must be less than or equal to 1000000",
        ),
        (
            GOOD.replace("seeds = [0, 1]", f"seeds = {list(range(2000))}").replace(
                "epochs = 10", f"epochs = {list(range(1, 102))}"
            ),
            "mine.toml: grid[0]: a block has at most 1,000,000 trials per architecture; this one has 2,020,000",
        ),
    ],
    ids=["deep", "digits", "epochs", "trials"],
)
def test_a_sweep_beyond_all_bounds_is_refused_before_it_is_expanded(tmp_path: Path, text: str, rule: str) -> None:
    assert rule in refusal(tmp_path, text)


def test_an_override_beyond_the_parser_is_refused(tmp_path: Path) -> None:
    assert "nested too deeply" in refusal(tmp_path, GOOD, (f"seeds={'[' * 5000}{']' * 5000}",))
