"""The methods paragraph of a paper: one sentence or two per topic, from what was run."""

import enum
from collections.abc import Iterator, Mapping

import pandas as pd

from bench.analyse.analysis import Analysis
from bench.analyse.control_comparison import ControlComparison
from bench.analyse.estimates.blocks import LEAST_BLOCKS
from bench.analyse.estimates.intervals import LEVEL
from bench.analyse.estimates.training_variance import TRAINING_SET_SHARE
from bench.pages.design_page import outcome_sentence
from bench.pages.number_text import and_list, counted, number
from bench.pages.paper.references import Source
from bench.records import Protocol
from bench.store.columns import protocol_column
from bench.study.families import value_text
from bench.study.study_data import StudyData

_SETTINGS = {
    "optimizer": "optimizer {}",
    "learning_rate": "learning rate {}",
    "batch_size": "batch size {}",
    "epochs": "{} epochs",
    "precision": "precision {}",
    "n_train": "{} training examples",
    "label_noise": "a share of wrong training labels of {}",
}
_ALWAYS = ("optimizer", "learning_rate", "batch_size", "epochs", "precision")
"""The fields of a protocol that are always named; others are named where they are not at their defaults."""
_MOST_CLASSES = 5
_LIBRARIES = ("param-scaling-bench", "keras", "tensorflow", "scikit-learn", "numpy", "scipy")
_LEVEL = f"{LEVEL:.0%}".replace("%", " %")


class Topic(enum.StrEnum):
    """What a part of the methods is about, in the order of reading."""

    DATA = "data"
    QUALITY = "quality of the data"
    PREPROCESSING = "preprocessing"
    PARTITION = "partition"
    LEVEL = "level of the partition"
    MODEL = "networks"
    INITIAL = "initial weights"
    TRAINING = "training"
    SELECTION = "choice of weights"
    METRICS = "metrics"
    UNCERTAINTY = "uncertainty"
    CHOICE = "choice of a network"
    CONTROLS = "controls"
    TIMES = "times"
    STAGES = "stages"
    POWER = "power"
    SOFTWARE = "software"


def methods(data: StudyData, analysis: Analysis) -> Mapping[Topic, str]:
    """The methods by topic, in the order of reading; topics that the study has nothing of are left out.

    Args:
        data: a study with a done trial of a network.
        analysis: of the study.
    """
    said = {
        Topic.DATA: _data(data),
        Topic.QUALITY: _quality(data),
        Topic.PREPROCESSING: _preprocessing(data),
        Topic.PARTITION: _partition(data, analysis),
        Topic.LEVEL: _level(data),
        Topic.MODEL: _model(data, analysis),
        Topic.INITIAL: (
            "Networks start from random weights. Initial weights, batch order and dropout draw from separate random "
            "streams, which seed and fold decide."
        ),
        Topic.TRAINING: _training(data),
        Topic.SELECTION: _selection(data),
        Topic.METRICS: (
            "Accuracy and loss (cross-entropy in nats) are means over all held-out images and seeds; the predicted "
            "class is the most probable one."
        ),
        Topic.UNCERTAINTY: _uncertainty(analysis),
        Topic.CHOICE: _choice(analysis),
        Topic.CONTROLS: _controls(data, analysis.against_controls),
        Topic.TIMES: _times(data),
        Topic.STAGES: outcome_sentence(data.study.looks) if data.study.looks else "",
        Topic.POWER: _power(analysis),
        Topic.SOFTWARE: _software(data),
    }
    return {topic: text for topic, text in said.items() if text}


def _data(data: StudyData) -> str:
    return f"The data set {data.study.dataset} has {sum(data.study.class_counts):,} images: {class_shares(data)}."


def class_shares(data: StudyData) -> str:
    """The images of each class; of many classes, how many there are and the smallest and largest number of images."""
    names, counts = data.study.class_names, data.study.class_counts
    if len(names) > _MOST_CLASSES:
        return f"{len(names)} classes of {min(counts):,} to {max(counts):,} images"
    return and_list([f"{n:,} of class {name}" for name, n in zip(names, counts, strict=True)])


def _quality(data: StudyData) -> str:
    if data.audit is None:
        return ""
    left_out = f" {counted(len(data.audit.left_out), 'file')} could not be used and were left out."
    return (
        "The images were searched for duplicates, near duplicates, conflicting labels, and differences between the "
        f"files of the classes.{left_out if data.audit.left_out else ''}"
    )


def _preprocessing(data: StudyData) -> str:
    shapes = [f"{shape} (height x width x channels)" for shape in data.summary["input_shape"].unique()]
    return f"Images were stretched to {and_list(shapes)} by bilinear interpolation, with intensities in [0, 1]."


def _partition(data: StudyData, analysis: Analysis) -> str:
    per_network = data.done.groupby("entry")["seed"].nunique()
    few, many = int(per_network.min()), int(per_network.max())
    seeds = counted(few, "seed") if few == many else f"{few} to {many} seeds"
    drawn = " All seeds use one division into folds." if analysis.splits_are_shared else ""
    if not drawn and many > 1:
        drawn = " Each seed draws its own folds."
    return (
        f"Every network was trained in {analysis.n_folds}-fold cross-validation, stratified by class, with {seeds}, so "
        f"that every image is held out once per seed.{drawn} All networks use the same folds."
    )


def _level(data: StudyData) -> str:
    together = []
    if data.study.patient_wise:
        together.append("images of one patient")
    if data.study.sweep.get("bind_duplicates"):
        together.append("duplicates and near duplicates")
    if not together:
        return "Folds divide single images."
    return f"{and_list(together)[:1].upper()}{and_list(together)[1:]} are held out together."


def _model(data: StudyData, analysis: Analysis) -> str:
    n_params = analysis.sizes["n_params"]
    names = [str(name) for name in data.summary["architecture"].unique()]
    of = "architecture" if len(names) == 1 else "architectures"
    span = " to ".join(dict.fromkeys(f"{n:,}" for n in (n_params.min(), n_params.max())))
    have = "has" if len(n_params) == 1 else "have"
    return (
        f"{counted(len(n_params), 'network')} of the {of} {and_list(names)} {have} {span} parameters. Counts are "
        "exact: they were read from the built networks."
    )


def _training(data: StudyData) -> str:
    defaults, settings = Protocol().model_dump(), []
    for field in Protocol.model_fields:
        values = data.summary[protocol_column(field)].unique().tolist()
        if field in _ALWAYS or values != [defaults[field]]:
            named = _or_list([value_text(protocol_column(field), value) for value in values])
            settings.append(_SETTINGS.get(field, f"{field.replace('_', ' ')} {{}}").format(named))
    states = data.trials[data.trials["entry"].notna()]["state"].value_counts()
    done, other = int(states["DONE"]), [f"{n:,} {str(state).lower()}" for state, n in states.drop("DONE").items()]
    return (
        f"Networks were trained to minimise the categorical cross-entropy with {and_list(settings)}. {done:,} of "
        f"{counted(int(states.sum()), 'training')} are done{', '.join(['', *other])}."
    )


def _or_list(values: list[str]) -> str:
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def _selection(data: StudyData) -> str:
    choices = set(data.summary[protocol_column("epoch_choice")])
    if choices == {"last"}:
        return (
            "Networks were evaluated with the weights of the last epoch; there was no early stopping, and the held-out "
            "fold influenced no decision of a training."
        )
    return (
        "The epoch with the least loss on an inner part of the training images was evaluated; the held-out fold "
        "influenced no decision of a training."
    )


def _uncertainty(analysis: Analysis) -> str:
    if analysis.sizes["accuracy_low"].isna().all():
        return f"No interval could be computed: {analysis.sizes['why_no_interval'].iloc[0]}."
    share = number(100 * TRAINING_SET_SHARE, "{:g}")
    return (
        f"Intervals are at {_LEVEL} and allow for other images of this kind and for another training. The first part "
        "comes from the covariance of the scores of held-out images between networks; the second is the variance of "
        f"folds beyond that, moderated over the sizes of a family ({Source.SMYTH.cited}). Folds share training images, "
        f"so {share} % of the second part is assumed not to shrink with more seeds; {Source.NADEAU.cited} make a "
        f"similar allowance, and no unbiased estimator exists ({Source.BENGIO.cited}). Intervals are Student's, with "
        f"the degrees of freedom of {Source.SATTERTHWAITE.cited}; those of an accuracy are Wilson's "
        f"({Source.WILSON.cited}). Intervals of pairs are not adjusted for their number."
    )


def _choice(analysis: Analysis) -> str:
    return (
        "The network to take is the smallest whose estimated accuracy is less than "
        f"{number(100 * analysis.answer.margin, '{:.3g}')} percentage points below that of every larger size of its "
        "family. Where no gain is shown it is the smallest size, and where accuracy peaks, the size of the peak. Of "
        "several families, the smallest such network is taken whose accuracy is within the same margin of the best."
    )


def _controls(data: StudyData, comparison: ControlComparison | None) -> str:
    if comparison is None:
        return ""
    names = and_list([str(name) for name in data.controls["architecture"]])
    return (
        f"Controls were run on the same folds and seeds: {names}. The most accurate network beats them if the interval "
        f"of its lead over each is above zero (an intersection-union test; {Source.BERGER.cited})."
    )


def _times(data: StudyData) -> str:
    if data.steps.empty:
        return ""
    rounds = data.steps["round"].nunique() if "round" in data.steps else 1
    batches = and_list([str(n) for n in sorted(data.steps["protocol_batch_size"].unique())])
    threads = and_list([counted(int(n), "thread") for n in sorted(data.steps["threads"].unique())])
    interval = (
        f"a bootstrap over rounds ({Source.DAVISON.cited}), corrected for their number ({Source.HESTERBERG.cited})"
    )
    return (
        "A training step was timed after all training, with nothing else running, in a fresh process per network and "
        f"round: {counted(rounds, 'round')}, batch size {batches}, {threads}. The time is the median of all samples"
        + (f"; its interval is from {interval}." if rounds >= LEAST_BLOCKS else "; there are too few for an interval.")
    )


def _power(analysis: Analysis) -> str:
    found = [
        f"{number(100 * gain, '{:.1f}')} points in {family}"
        for family, gain in analysis.detectable.items()
        if not pd.isna(gain)
    ]
    if not found:
        return ""
    return (
        "By the measured variances, 80 % of such studies would find a gain per tenfold of the parameters of "
        f"{and_list(found)}."
    )


def _software(data: StudyData) -> str:
    used = [each.values for key, each in data.environments.items() if (data.done["environment_key"] == key).any()]
    libraries = and_list(list(dict.fromkeys(_versions(used))))
    cpus = and_list(list(dict.fromkeys(str(each["cpu"]) for each in used)))
    return f"Software: {libraries}. Processor: {cpus}."


def _versions(environments: list[dict[str, object]]) -> Iterator[str]:
    for library in _LIBRARIES:
        for each in environments:
            versions = each.get("versions")
            if isinstance(versions, dict) and library in versions:
                yield f"{library} {versions[library]}"
