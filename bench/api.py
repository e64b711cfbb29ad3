"""The Python API: what the commands do, as functions that ``import bench`` offers.

Nothing heavy is imported before a function is called. Progress is silent unless a ``Progress`` is passed in.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from bench.stored_study import PathLike

if TYPE_CHECKING:
    from typing import Unpack

    from bench.analyse.analysis import Analysis
    from bench.audit import Audit
    from bench.determinism import Rerun
    from bench.execute import Executor
    from bench.exporting import Exported
    from bench.forecasting import Forecast
    from bench.pipeline import RunOutcome
    from bench.predict.predictor import Prediction, Unusable
    from bench.progress import Progress
    from bench.records import Study
    from bench.study.imported_table import TableColumns
    from bench.sweeps import Sweep
    from bench.timing_pass import Remarks

RESULTS = Path("results")
PUBLISHED = RESULTS / "published"


class RunArguments(TypedDict, total=False):
    """The keyword arguments that ``run`` and ``forecast`` share; ``run`` explains them."""

    data: str | None
    study: str | None
    results: PathLike
    workers: int | None
    overrides: Sequence[str]
    skip_bad: bool
    executor: str
    scheduler: str | None
    cluster: PathLike | None
    progress: "Progress | None"
    until_decided: bool
    fixed: bool
    budget: str | None
    margin: float | None


def load_sweep(sweep: PathLike, *, data: str | None = None, overrides: Sequence[str] = ()) -> "Sweep":
    """Read a sweep and check it.

    Args:
        sweep: the name of a built-in sweep, or the path of a TOML file.
        data: a data set that replaces the sweep's own; see ``run``.
        overrides: texts such as ``protocol.epochs=5``, applied in order.

    Returns:
        The sweep, a frozen record.

    Raises:
        SweepError: the sweep does not exist or a value in it is invalid.

    Example:
        >>> bench.load_sweep("widths", overrides=["protocol.epochs=5"]).protocol["epochs"]
        (5,)
    """
    from bench.sweeps import load_sweep as load

    return load(os.fspath(sweep), tuple(overrides), data)


def run(
    sweep: PathLike,
    *,
    data: str | None = None,
    study: str | None = None,
    results: PathLike = RESULTS,
    workers: int | None = None,
    overrides: Sequence[str] = (),
    skip_bad: bool = False,
    executor: str = "pool",
    scheduler: str | None = None,
    cluster: PathLike | None = None,
    progress: "Progress | None" = None,
    until_decided: bool = False,
    fixed: bool = False,
    budget: str | None = None,
    margin: float | None = None,
) -> "RunOutcome":
    """Train every trial of a sweep that is not stored yet, time the networks, and write the report.

    Worker processes import the main module, so a script must call this below ``if __name__ == "__main__":``. With the
    executor ``inline``, this process trains, and its TensorFlow is set to one thread and deterministic operators.

    Args:
        sweep: the name of a built-in sweep, or the path of a TOML file.
        data: a built-in data set's name, a folder, or an .npz file; by default the sweep's own data set.
        study: the study's name; by default ``<sweep>-<dataset>``.
        results: the folder of studies.
        workers: the number of training processes; by default one per usable core.
        overrides: texts such as ``protocol.epochs=5``, applied in order.
        skip_bad: leave out unusable image files, up to 5 % of all.
        executor: where trials run: ``pool`` (worker processes), ``inline`` (this process) or another name in
            ``bench.execute.EXECUTORS``.
        scheduler: the address of a running Dask scheduler, for the executor ``dask``.
        cluster: a TOML or YAML file that describes a Dask cluster, for the executor ``dask``.
        progress: reports every stage; silent by default.
        until_decided: train in stages until decided, by the sweep's ``[design]`` or the default one.
        fixed: train the plain grid of the sweep's seeds, whatever its ``[design]``.
        budget: the most time of a design, such as ``20m``; without ``fixed`` only.
        margin: the smallest gain in accuracy that counts; by default the stored study's, or 0.02.

    Returns:
        The study's folder, the counts of done and failed trials, the summary, and remarks about step times.

    Raises:
        BenchError, architectures.errors.ArchitectureError: the input is invalid; nothing was written.
        InterruptedRunError: Ctrl-C; every finished trial is stored.

    Example:
        >>> outcome = bench.run("smoke", overrides=["protocol.epochs=1"])  # doctest: +SKIP
        >>> bench.open_study(outcome.folder).trials["val_accuracy"]  # doctest: +SKIP
    """
    from bench import pipeline
    from bench.sweeps import with_design

    loaded = load_sweep(sweep, data=data, overrides=overrides)
    asked = with_design(loaded, until_decided=until_decided, fixed=fixed, budget=budget)
    make_executor = _executor_maker(executor, workers, scheduler, cluster)
    return pipeline.run_sweep(
        asked,
        study,
        Path(results),
        make_executor,
        _cache_dir(),
        _told(progress),
        skip_bad=skip_bad,
        margin=margin,
        with_times=scheduler is None and cluster is None,
    )


def forecast(sweep: PathLike, **arguments: "Unpack[RunArguments]") -> "tuple[Study, Forecast, int]":
    """Plan a run and estimate its time; train nothing and write nothing but the cache of images.

    Arguments and errors are those of ``run``.

    Returns:
        The study that ``run`` would write; its networks, trials, steps and estimated seconds; the number of workers.
    """
    from time import monotonic

    from bench import forecasting, planning
    from bench.environment import available_bytes
    from bench.fresh_processes import FreshProcesses
    from bench.sweeps import with_design

    started = monotonic()
    loaded = with_design(
        load_sweep(sweep, data=arguments.get("data"), overrides=arguments.get("overrides", ())),
        until_decided=arguments.get("until_decided", False),
        fixed=arguments.get("fixed", False),
        budget=arguments.get("budget"),
    )
    results, skip_bad = Path(arguments.get("results", RESULTS)), arguments.get("skip_bad", False)
    cache_dir, told = _cache_dir(), _told(arguments.get("progress"))
    make_executor = _executor_maker(
        arguments.get("executor", "pool"),
        arguments.get("workers"),
        arguments.get("scheduler"),
        arguments.get("cluster"),
    )
    with make_executor() as executing:
        decided = planning.plan(loaded, arguments.get("study"), results, executing, cache_dir, told, skip_bad=skip_bad)
        planned_s = monotonic() - started
        folder = results / decided.study.name
        with FreshProcesses(available_bytes) as isolated:
            found = forecasting.forecast(decided, folder, executing, isolated, monotonic, planned_s)
        return decided.study, found, executing.n_workers


def import_table(
    table: PathLike,
    *,
    study: str,
    n_images: int,
    columns: "TableColumns | None" = None,
    results: PathLike = RESULTS,
    margin: float | None = None,
) -> "tuple[Path, Analysis]":
    """Analyse a table of results that other software produced, and write its report.

    Args:
        table: a CSV file with one row per trial.
        study: the name of the study, which is the name of its folder.
        n_images: of the data set, whose folds the table holds out, or of the test set where there is no fold.
        columns: the names of the table's columns.
        results: the folder of studies.
        margin: the smallest gain in accuracy that counts as a gain; by default 0.02.

    Returns:
        The folder of the report, and the analysis.

    Raises:
        TableError: the table is not a CSV file of results, or the folder holds a study with a store.
        StudyError: the folder cannot be written to.

    Example:
        >>> folder, analysis = bench.import_table("mine.csv", study="mine", n_images=500)  # doctest: +SKIP
    """
    from bench.analyse.analysis import analyse_study
    from bench.errors import TableError
    from bench.report import write_analysis
    from bench.store import STORE_NAME, check_name
    from bench.study.imported_table import TableColumns, read_table, study_of_table

    folder = Path(results) / study
    check_name(study)
    if (folder / STORE_NAME).exists():
        raise TableError(f"an imported table needs a folder of its own; {folder} holds a study; choose another --as")
    data = study_of_table(read_table(Path(table)), columns or TableColumns(), study, n_images)
    analysis = analyse_study(data, margin=margin)
    write_analysis(data, analysis, folder)
    return folder, analysis


def time(
    sweep: PathLike,
    *,
    data: str | None = None,
    study: str | None = None,
    results: PathLike = RESULTS,
    parts: str | None = None,
    threads: Sequence[int] | None = None,
    cpus: Sequence[int] | None = None,
    rounds: int = 5,
    samples: int = 12,
    overrides: Sequence[str] = (),
    progress: "Progress | None" = None,
) -> "tuple[Path, Remarks]":
    """Time a training step of every network of a sweep, and its parts; train nothing.

    Each measurement runs in a fresh process, so a script must call this below ``if __name__ == "__main__":``.

    Args:
        sweep: the name of a built-in sweep, or the path of a TOML file.
        data: a data set, as in ``run``; read for the parts ``keras`` and ``disk``.
        study: the study's name; by default ``timing-<sweep>``.
        results: the folder of studies.
        parts: the parts to time, such as ``step,keras,disk``; by default all parts.
        threads: thread counts to time with; by default all usable cores.
        cpus: cores to bind to; by default the usable ones.
        rounds: rounds over all networks.
        samples: samples per part and round.
        overrides: texts such as ``protocol.precision=mixed_bfloat16``, applied in order.
        progress: reports every stage; silent by default.

    Returns:
        The study's folder, and one line per failed measurement and per halved batch.

    Raises:
        BenchError, architectures.errors.ArchitectureError: the input is invalid; nothing was written.
        InterruptedTimingError: Ctrl-C; every finished measurement is stored.

    Example:
        >>> folder, remarks = bench.time("paper", parts="step", threads=[1])  # doctest: +SKIP
    """
    from bench import pipeline
    from bench.environment import available_bytes, usable_cpus
    from bench.fresh_processes import FreshProcesses
    from bench.timing import check_cpus, named_parts
    from bench.timing_pass import TimingSchedule

    usable = usable_cpus()
    counts = (len(usable if cpus is None else cpus),) if threads is None else tuple(threads)
    schedule = TimingSchedule(
        parts=named_parts(parts),
        threads=counts,
        cpus=check_cpus(counts, cpus, usable),
        n_rounds=rounds,
        n_samples=samples,
        with_costs=True,
    )
    loaded = load_sweep(sweep, data=data, overrides=overrides)
    with _executor_maker("pool", len(usable))() as executor, FreshProcesses(available_bytes) as isolated:
        return pipeline.time_sweep(
            loaded, study, Path(results), schedule, executor, _cache_dir(), _told(progress), isolated
        )


def audit_data(data: str, *, results: PathLike = RESULTS, progress: "Progress | None" = None) -> "tuple[Audit, Path]":
    """Search a data set for duplicates, leaks, unusable files, and metadata that reveals the class.

    Args:
        data: a built-in data set's name, a folder, or an .npz file.
        results: the folder in which ``audit-<dataset>`` is written.
        progress: reports every stage; silent by default.

    Returns:
        The findings, and the folder that was written.

    Raises:
        DataError: the data set cannot be read.
        StudyError: the folder cannot be written.

    Example:
        >>> found, _ = bench.audit_data("digits")  # doctest: +SKIP
        >>> [finding.what for finding in found.findings]  # doctest: +SKIP
    """
    from bench.audit.build_audit import examine
    from bench.audit.inspection import inspect
    from bench.audit.sample_sheets import write_sheets
    from bench.data import open_dataset
    from bench.report import write_audit

    opened = open_dataset(data, skip_bad=True)
    inspection = inspect(opened, _cache_dir(), _told(progress), most_left_out=1.0)
    found = examine(inspection)
    folder = Path(results) / f"audit-{found.dataset}"
    write_audit(found, folder)
    write_sheets(inspection.dataset, folder)
    return found, folder


def rerun(folder: PathLike, *, trial: str | None = None, data: str | None = None) -> "Rerun":
    """Train one stored trial again in this process and compare every bit of its predictions.

    Args:
        folder: the study's folder.
        trial: a trial_key of ``trials.csv``; by default the cheapest trial.
        data: the study's images; needed unless its data set is built in.

    Returns:
        The number of images whose probabilities equal the stored ones to the last bit, and the largest difference.

    Raises:
        StudyError: the trial is not stored, or cannot be rerun by this version.
        DataError: the images are not those of the study.

    Example:
        >>> bench.rerun("results/widths-digits").is_identical  # doctest: +SKIP
    """
    from bench.determinism import rerun_trial

    return rerun_trial(Path(folder), trial, data, _executor_maker("inline", 1), _cache_dir())


def publish(folder: PathLike, to: PathLike = PUBLISHED) -> Path:
    """Publish a finished study: its report and its store, in ``to/<study>``.

    Args:
        folder: the study's folder.
        to: the folder of published studies.

    Returns:
        The published folder.

    Raises:
        StudyError: the study is incomplete, its tables differ from those of its store, another study is published
            under its name, or a symbolic link is involved.

    Example:
        >>> bench.publish("results/widths-digits")  # doctest: +SKIP
    """
    from bench.publishing import publish as publish_study

    return publish_study(Path(folder), Path(to))


def build_site(results: PathLike, out: PathLike) -> int:
    """Write a static site over all studies and audits below a folder: an index, their pages, and comparisons.

    Args:
        results: the folder of studies; folders in it are searched too.
        out: the folder of the site. An earlier site in it is replaced.

    Returns:
        The number of studies and audits.

    Raises:
        StudyError: there is no study, a study cannot be read, or ``out`` cannot be written or holds something else.

    Example:
        >>> bench.build_site("results/published", "_site")  # doctest: +SKIP
    """
    from bench.site_building import build_site as build

    return build(Path(results), Path(out))


def export(
    folder: PathLike,
    out: PathLike,
    *,
    network: str | None = None,
    seeds: int = 1,
    data: str | None = None,
    workers: int | None = None,
    anyway: bool = False,
    progress: "Progress | None" = None,
) -> "Exported":
    """Train a network of a study on all images and write it into a folder, ready to be used.

    Worker processes import the main module, so a script must call this below ``if __name__ == "__main__":``. Call it
    again to resume.

    Args:
        folder: the study's folder.
        out: the exported folder.
        network: a network's name in the study; by default the one that the study takes.
        seeds: the number of trainings; the probabilities of two or more are averaged.
        data: the study's images; needed unless its data set is built in.
        workers: the number of training processes; by default one per usable core.
        anyway: export although the study cannot answer, or a control is more accurate.
        progress: reports every stage; silent by default.

    Returns:
        The folder, the network, its seeds and its calibration.

    Raises:
        StudyError: there is no such study or network, or it is not advised to use it.
        DataError: the images are not those of the study.
        ModelFolderError: the folder holds another model, or a package is missing.

    Example:
        >>> bench.export("results/widths-digits", "digits-model", seeds=3)  # doctest: +SKIP
    """
    from bench.exporting import export_study

    make_executor = _executor_maker("pool", workers)
    return export_study(
        Path(folder),
        Path(out),
        network,
        seeds,
        data,
        make_executor,
        _cache_dir(),
        _told(progress),
        anyway=anyway,
    )


def predict_images(
    model: PathLike,
    files: Sequence[PathLike],
    *,
    csv: PathLike | None = None,
    progress: "Progress | None" = None,
) -> "Iterator[Prediction | Unusable]":
    """Predict the classes of image files with an exported model, in order.

    Args:
        model: a folder that ``export`` has written.
        files: image files, or folders, which stand for all files in them.
        csv: a table with all probabilities, written when the last prediction is taken.
        progress: reports the stage; silent by default.

    Yields:
        Per file, its class, calibrated probability, conformal set and flags, or why it cannot be used.

    Raises:
        ModelFolderError: the folder holds no model, or onnxruntime is missing.

    Example:
        >>> [each.label for each in bench.predict_images("digits-model", ["scan.png"])]  # doctest: +SKIP
    """
    import io
    from contextlib import ExitStack

    from bench.files import whole_file
    from bench.predict.many_files import named_files, predict_files
    from bench.predict.output import write_csv
    from bench.predict.predictor import Predictor

    predictor = Predictor(Path(model))
    named = list(named_files(map(Path, files)))
    with ExitStack() as stack:
        table = None
        if csv is not None:
            binary = stack.enter_context(whole_file(Path(csv)))
            table = io.TextIOWrapper(binary, encoding="utf-8", newline="")
        stage = stack.enter_context(_told(progress).stage("predicting", len(named)))
        predictions = predict_files(predictor, named, stage.advance)
        yield from predictions if table is None else write_csv(predictions, predictor.model.classes, table)
        if table is not None:
            table.detach()  # writes what is left; whole_file closes the file


def layer_table(
    architecture: str, input_shape: tuple[int, int, int] = (70, 70, 3), n_classes: int = 2, width: float | None = None
) -> str:
    """The layer table of an architecture with exact parameter counts, FLOPs and activation memory.

    Args:
        architecture: the name of a registered architecture.
        input_shape: height, width and channels.
        n_classes: the number of classes.
        width: the multiplier on channels and hidden units; by default as published.

    Raises:
        architectures.errors.ArchitectureError: the architecture is unknown or refuses an argument.
    """
    from bench.environment import memory_bytes
    from bench.train.tensorflow_backend.describe_network import layer_table_text

    _prepare_network(architecture, input_shape)
    return layer_table_text(architecture, input_shape, n_classes, width, memory_bytes())


def nearest_width(
    architecture: str, n_params: int, input_shape: tuple[int, int, int] = (70, 70, 3), n_classes: int = 2
) -> str:
    """One line with the width whose parameter count is nearest ``n_params``, and the count. See ``layer_table``."""
    from bench.train.tensorflow_backend.describe_network import sizing_text

    _prepare_network(architecture, input_shape)
    return sizing_text(architecture, n_params, input_shape, n_classes)


def power(
    n_images: int, n_folds: int, n_seeds: int, *, sd: float | None = None, difference: float | None = None
) -> list[str]:
    """Lines about the difference in accuracy that a design detects with 80 % power.

    Args:
        n_images: the number of images.
        n_folds: the number of folds.
        n_seeds: repetitions of all folds.
        sd: the standard deviation of paired differences in accuracy between trials; by default that of sampling images.
        difference: a difference in accuracy, for which the seeds and images that detect it are computed.
    """
    from bench.analyse.estimates.power import Design
    from bench.pages.power import power_lines

    return power_lines(Design(n_images, n_folds, n_seeds), sd, difference)


def _prepare_network(architecture: str, input_shape: tuple[int, int, int]) -> None:
    """Check the architecture and its input first: loading TensorFlow takes seconds."""
    import architectures
    from bench.train.tensorflow_backend.runtime import configure

    architectures.get(architecture).check_input(input_shape)
    configure(1)


def _executor_maker(
    name: str, workers: int | None, scheduler: str | None = None, cluster: PathLike | None = None
) -> "Callable[[], Executor]":
    from functools import partial

    from bench.environment import usable_cores
    from bench.execute.clusters import chosen_cluster
    from bench.training_pass import cluster_executor, training_executor

    chosen = chosen_cluster(name, scheduler, cluster, workers)
    if chosen is not None:
        return partial(cluster_executor, chosen)
    return partial(training_executor, name, usable_cores() if workers is None else workers)


def _cache_dir() -> Path:
    from bench.data import default_cache_dir

    return default_cache_dir(os.environ)


def _told(progress: "Progress | None") -> "Progress":
    from bench.progress import quiet

    return quiet() if progress is None else progress
