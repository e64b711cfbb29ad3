"""The command line: parse, call, print, exit code; nothing else.

Exit codes: 0 done, 1 some trials or timings failed, or a check does not hold, 2 bad input, 3 severe findings under
``audit --strict``, 130 interrupted.
"""

import enum
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bench.errors import BenchError, InterruptedRunError, InterruptedTimingError

EXIT_SOME_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_SEVERE_FINDINGS = 3
EXIT_INTERRUPTED = 130

app = typer.Typer(
    help="Measure accuracy, loss and ms/step of image classifiers against their parameter count.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class ExecutorName(enum.StrEnum):
    """Where trials run."""

    POOL = "pool"
    INLINE = "inline"


class Listing(enum.StrEnum):
    """What ``list`` can list."""

    ARCHITECTURES = "architectures"
    SWEEPS = "sweeps"
    DATA = "data"
    CONTROLS = "controls"


def main() -> None:
    """Run the command line; every expected error becomes one line on standard error and an exit code."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except (InterruptedRunError, InterruptedTimingError) as stop:
        _fail(str(stop), EXIT_INTERRUPTED)
    except typer.TyperException as misuse:
        message = misuse.format_message().rstrip(".").replace("Value error, ", "")  # pydantic's words
        context = getattr(misuse, "ctx", None)
        hint = f"; see {context.command_path} --help" if context else ""
        _fail(f"error: {message}{hint}", EXIT_BAD_INPUT)
    except Exception as error:
        from architectures.errors import ArchitectureError  # a tenth of a second that --help need not wait

        if not isinstance(error, BenchError | ArchitectureError):
            raise
        _fail(f"error: {error}", EXIT_BAD_INPUT)
    if code == EXIT_INTERRUPTED:  # what typer makes of Ctrl-C
        _fail("interrupted; run the same command again", EXIT_INTERRUPTED)
    sys.exit(code)


def _at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not str(text).isdecimal() or int(text) < least:
            raise typer.BadParameter(f"must be a whole number, {least} or more; received {text}")
        return int(text)

    return parse


def _whole_numbers(text: str, option: str) -> tuple[int, ...]:
    numbers = [part.strip() for part in text.split(",")]
    if not all(number.isdecimal() for number in numbers):
        raise typer.BadParameter(
            f"must be whole numbers with commas between them, such as 1,2; received {text}", param_hint=f"'{option}'"
        )
    return tuple(map(int, numbers))


def _input_shape(text: str) -> tuple[int, int, int]:
    sides = text.split("x")
    if len(sides) != 3 or not all(side.isdecimal() and int(side) for side in sides):
        raise typer.BadParameter(
            f"must be HEIGHTxWIDTHxCHANNELS, whole numbers above 0, such as 70x70x3; received {text}",
            param_hint="'--input'",
        )
    height, width, channels = map(int, sides)
    return height, width, channels


def _prepare_network(architecture: str, input_shape: tuple[int, int, int]) -> None:
    """Load TensorFlow, which takes seconds, for an architecture that exists and an input that it accepts."""
    import architectures
    from bench.train.runtime import configure

    architectures.get(architecture).check_input(input_shape)
    configure(1)


def _fail(line: str, code: int) -> NoReturn:
    sys.stderr.write(" ".join(line.split()) + "\n")
    sys.exit(code)


_RUN_EXAMPLES = """Examples:

  python -m bench run --sweep widths

  python -m bench run --sweep widths --data path/to/images --workers 4

  python -m bench run --sweep my-sweep.toml --set protocol.epochs=5 --dry-run

The same command again goes on where it stopped."""


@app.command(epilog=_RUN_EXAMPLES)
def run(
    sweep: Annotated[str, typer.Option(help="A built-in sweep's name, or a TOML file.")],
    data: Annotated[
        str | None,
        typer.Option(
            help="A built-in data set's name, a folder CLASS/FILE, a folder with manifest.csv, or an .npz file; "
            "the sweep's own where not given."
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(help="The study's name; <sweep>-<dataset> where not given.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of studies.")] = Path("results"),
    workers: Annotated[
        int | None,
        typer.Option(
            parser=_at_least(1),
            metavar="N",
            help="Processes that train side by side; one a usable core where not given.",
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the sweep; may be repeated."),
    ] = None,
    skip_bad: Annotated[
        bool,
        typer.Option("--skip-bad", help="Leave out files that cannot be used, up to 5 % of all, and list them."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; train and write nothing.")] = False,
    executor: Annotated[
        ExecutorName, typer.Option(help="Where trials run: worker processes, or this one.")
    ] = ExecutorName.POOL,
) -> None:
    """Train every trial of a sweep that its study lacks, time the networks, publish tables and plots."""
    from rich.console import Console

    from bench import pipeline
    from bench.data import default_cache_dir
    from bench.environment import usable_cores
    from bench.execute import Executor, InlineExecutor, PoolExecutor
    from bench.plan import TRAINING_THREADS, forecast, plan
    from bench.progress import Progress
    from bench.sweeps import load_sweep
    from bench.terminal import print_outcome, print_plan
    from bench.train.runtime import configure

    n_workers = 1 if executor is ExecutorName.INLINE else workers if workers is not None else usable_cores()
    prepare = partial(configure, TRAINING_THREADS)

    def make_executor() -> Executor:
        return InlineExecutor(prepare) if executor is ExecutorName.INLINE else PoolExecutor(n_workers, prepare)

    loaded = load_sweep(sweep, tuple(overrides or ()), data)
    progress = Progress(sys.stderr)
    console = Console()
    cache_dir = default_cache_dir(os.environ)
    if dry_run:
        with make_executor() as executing:
            decided = plan(loaded, study, results, executing, cache_dir, progress, skip_bad=skip_bad)
            print_plan(decided.study, forecast(decided, executing, n_workers), n_workers, console)
        return
    outcome = pipeline.run_sweep(
        loaded, study, results, make_executor, n_workers, cache_dir, progress, skip_bad=skip_bad
    )
    print_outcome(outcome, console)
    if outcome.counts.failed or outcome.untimed:
        raise typer.Exit(EXIT_SOME_FAILED)


_AUDIT_EXAMPLES = """Examples:

  python -m bench audit path/to/images

  python -m bench audit path/to/images --strict

Stopped, the same command goes on where it was."""


@app.command(epilog=_AUDIT_EXAMPLES)
def audit(
    data: Annotated[
        str,
        typer.Argument(
            help="A built-in data set's name, a folder CLASS/FILE, a folder with manifest.csv, or an .npz file."
        ),
    ],
    results: Annotated[Path, typer.Option(help="Where the folder audit-<dataset> goes.")] = Path("results"),
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 3 where a finding is severe.")] = False,
) -> None:
    """Look for what makes accuracies on a data set meaningless: duplicates, leaks, sources that give classes away."""
    from rich.console import Console

    from bench.audit import Severity
    from bench.audit.examine import examine
    from bench.audit.inspect import inspect
    from bench.audit.sheets import write_sheets
    from bench.data import default_cache_dir, open_dataset
    from bench.progress import Progress
    from bench.report import write_audit
    from bench.terminal import print_audit

    opened = open_dataset(data, skip_bad=True)
    inspection = inspect(opened, default_cache_dir(os.environ), Progress(sys.stderr), most_left_out=1.0)
    found = examine(inspection)
    folder = results / f"audit-{found.dataset}"
    write_audit(found, folder)
    write_sheets(inspection.dataset, folder)
    print_audit(found, folder, Console())
    if strict and found.of(Severity.SEVERE):
        raise typer.Exit(EXIT_SEVERE_FINDINGS)


_TIME_EXAMPLES = """Examples:

  python -m bench time --sweep paper

  python -m bench time --sweep widths --parts step,forward,forward_backward --threads 1,2

  python -m bench time --sweep paper --data path/to/images --set protocol.precision=mixed_bfloat16

Keep other programs away meanwhile: each measurement says how noisy the machine was."""


@app.command(epilog=_TIME_EXAMPLES)
def time(
    sweep: Annotated[str, typer.Option(help="A built-in sweep's name, or a TOML file.")],
    data: Annotated[
        str | None,
        typer.Option(
            help="A data set, as run takes it; read by the parts keras and disk. The sweep's own if left out."
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(help="The study's name; timing-<sweep> where not given.")] = None,
    results: Annotated[Path, typer.Option(help="The folder of studies.")] = Path("results"),
    parts: Annotated[
        str | None, typer.Option(metavar="A,B", help="What is timed, such as step,keras,disk; everything if left out.")
    ] = None,
    threads: Annotated[
        str | None, typer.Option(metavar="N,M", help="Thread counts to time with; all usable cores if left out.")
    ] = None,
    cpus: Annotated[
        str | None, typer.Option(metavar="I,J", help="Cores to bind to; the usable ones if left out.")
    ] = None,
    rounds: Annotated[int, typer.Option(parser=_at_least(1), metavar="N", help="Rounds over all networks.")] = 5,
    samples: Annotated[
        int, typer.Option(parser=_at_least(1), metavar="N", help="Samples of each part in each round.")
    ] = 12,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the sweep; may be repeated."),
    ] = None,
) -> None:
    """Time a step of every network of a sweep, and what it is made of; nothing is trained.

    Each measurement runs in a fresh process with nothing of ours beside it, networks take turns over the rounds, and
    all samples are stored.
    """
    from functools import partial

    from bench import pipeline
    from bench.data import default_cache_dir
    from bench.environment import usable_cpus
    from bench.execute import PoolExecutor
    from bench.measure import Schedule, in_fresh_process
    from bench.plan import TRAINING_THREADS
    from bench.progress import Progress
    from bench.sweeps import load_sweep
    from bench.timing import check_cpus, named_parts
    from bench.train.runtime import configure

    usable = usable_cpus()
    asked_cpus = None if cpus is None else _whole_numbers(cpus, "--cpus")
    n_cores = len(usable if asked_cpus is None else asked_cpus)
    counts = (n_cores,) if threads is None else _whole_numbers(threads, "--threads")
    schedule = Schedule(
        parts=named_parts(parts),
        threads=counts,
        cpus=check_cpus(counts, asked_cpus, usable),
        n_rounds=rounds,
        n_samples=samples,
        with_costs=True,
    )
    loaded = load_sweep(sweep, tuple(overrides or ()), data)
    with PoolExecutor(len(usable), partial(configure, TRAINING_THREADS)) as executor:
        folder, remarks = pipeline.time_sweep(
            *(loaded, study, results, schedule, executor),
            *(default_cache_dir(os.environ), Progress(sys.stderr), in_fresh_process),
        )
    for remark in (*remarks.halved, *remarks.failed):
        print(remark)
    print(f"tables and plots: {folder}")
    if remarks.failed:
        raise typer.Exit(EXIT_SOME_FAILED)


_REPORT_EXAMPLES = """Examples:

  python -m bench report results/widths-digits

  python -m pytest benchmarks -k training_step --benchmark-json times.json

  python -m bench report results/widths-digits --timings times.json"""


@app.command(epilog=_REPORT_EXAMPLES)
def report(
    folder: Annotated[Path, typer.Argument(help="A study's folder.")],
    timings: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="A file of pytest-benchmark's, to stand beside accuracy."),
    ] = None,
) -> None:
    """Rebuild every table and plot of a study from its store."""
    from bench.report import write_report, write_timings
    from bench.store import Store

    with Store.open_existing(folder) as store:
        beside = [write_timings(store, folder, timings)] if timings is not None else []
        written = [*beside, *write_report(store, folder)]
    print(f"{len(written)} files written in {folder}")


@app.command(epilog="Example:\n\n  python -m bench analyse results/paper-xray98 --claims paper")
def analyse(
    folder: Annotated[Path, typer.Argument(help="A study's folder.")],
    claims: Annotated[
        str | None,
        typer.Option(
            help="A TOML file of published claims, or the built-in 'paper'; none but the sweep's own if left out."
        ),
    ] = None,
    rope: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Accuracies that differ by no more count as equal.")
    ] = 0.01,
) -> None:
    """Print what a study shows and what it does not: intervals, tests, scaling laws, verdicts. Writes nothing."""
    from rich.console import Console

    from bench.analyse.claims import load_claims
    from bench.analyse.statements import statements
    from bench.report.material import Material
    from bench.store import Store
    from bench.terminal import print_sections

    asked = None if claims is None else load_claims(claims)
    with Store.open_existing(folder) as store:
        analysis = Material.read(store).analyse(store, asked, rope)
    print_sections(statements(analysis), Console())


@app.command(epilog="Example:\n\n  python -m bench compare results/before results/after --max-drop 0.01")
def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A study's folder.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one's.")],
    max_drop: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Exit with 1 where a network's mean accuracy is lower in B by more."),
    ] = None,
    max_slowdown: Annotated[
        float | None, typer.Option(min=0.0, help="Exit with 1 where a step takes more than so many times A's in B.")
    ] = None,
) -> None:
    """Set two studies side by side: another machine, version or protocol; paired where trials match. Writes nothing."""
    from rich.console import Console

    from bench.analyse.compare import compare_studies, comparison_sentences, comparison_table, exceeded
    from bench.analyse.statements import Section
    from bench.report.material import Material
    from bench.store import Store
    from bench.terminal import print_sections

    read = []
    for folder in (a, b):
        with Store.open_existing(folder) as store:
            read.append(Material.read(store))
    first, second = read
    compared = compare_studies(first.side(), second.side())
    over = exceeded(compared, max_drop, max_slowdown)
    sentences = [*comparison_sentences(compared), *over]
    print_sections([Section("Comparison", sentences, [comparison_table(compared)])], Console())
    if over:
        raise typer.Exit(EXIT_SOME_FAILED)


@app.command(epilog="Example:\n\n  python -m bench determinism results/widths-digits")
def determinism(
    folder: Annotated[Path, typer.Argument(help="A study's folder.")],
    trial: Annotated[
        str | None, typer.Option(metavar="KEY", help="A trial_key of trials.csv; the cheapest one where not given.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="Where the study's images are; not needed for a built-in data set.")
    ] = None,
) -> None:
    """Train one stored trial again and compare every bit of its predictions; exit with 1 where they differ."""
    from bench.data import default_cache_dir
    from bench.determinism import rerun_trial
    from bench.execute import InlineExecutor
    from bench.plan import TRAINING_THREADS
    from bench.train.runtime import configure

    def make_executor() -> InlineExecutor:
        return InlineExecutor(partial(configure, TRAINING_THREADS))

    rerun = rerun_trial(folder, trial, data, make_executor, default_cache_dir(os.environ))
    print(f"{rerun.trial.network.label}, seed {rerun.trial.seed}, fold {rerun.trial.fold} ({rerun.trial.key}):")
    print(
        f"{rerun.n_equal_images} of {rerun.n_images} held-out images have the stored probabilities to the last bit; "
        f"largest difference {rerun.largest_difference:.3g}; "
        f"val_accuracy {'equal' if rerun.same_accuracy else 'differs'}, "
        f"val_loss {'equal' if rerun.same_loss else 'differs'}"
    )
    if not rerun.is_identical:
        raise typer.Exit(EXIT_SOME_FAILED)


@app.command(epilog="Example:\n\n  python -m bench power --n 98 --folds 5 --seeds 3 --difference 0.02")
def power(
    n: Annotated[int, typer.Option(parser=_at_least(2), metavar="N", help="Images.")],
    folds: Annotated[int, typer.Option(parser=_at_least(2), metavar="K", help="Folds.")],
    seeds: Annotated[int, typer.Option(parser=_at_least(1), metavar="R", help="Seeds: repetitions of all folds.")],
    sd: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of paired differences of accuracy between trials; where not given, what sampling "
            "the images alone makes if networks disagree on a tenth of them."
        ),
    ] = None,
    difference: Annotated[
        float | None, typer.Option(help="A difference of accuracy: what number of seeds, or images, finds it?")
    ] = None,
) -> None:
    """Say which difference in accuracy a design can detect at 80 %, and what a given difference needs."""
    from bench.analyse.power import Design, power_lines

    for what, value in (("sd", sd), ("difference", difference)):
        if value is not None and not 0 < value <= 1:
            raise typer.BadParameter(f"must be above 0 and at most 1; received {value:g}", param_hint=f"'--{what}'")
    if folds > n:
        raise typer.BadParameter(f"must be at most the number of images, {n}; received {folds}", param_hint="'--folds'")
    print("\n".join(power_lines(Design(n, folds, seeds), sd, difference)))


@app.command(epilog="Example:\n\n  python -m bench status results/widths-digits")
def status(folder: Annotated[Path, typer.Argument(help="A study's folder.")]) -> None:
    """Say what a study is of, and how many of its trials are done, failed and pending."""
    from rich.console import Console

    from bench.store import Store
    from bench.terminal import print_status

    with Store.open_existing(folder) as store:
        print_status(store, Console())


@app.command("list", epilog="Example:\n\n  python -m bench list architectures")
def list_(what: Annotated[Listing, typer.Argument(help="What to list.")]) -> None:
    """List what can be named: architectures, sweeps, data sets or controls."""
    from rich.console import Console

    from bench.terminal import print_architectures, print_listing

    console = Console()
    if what is Listing.ARCHITECTURES:
        import architectures

        print_architectures(architectures.select(["*"]), console)
    elif what is Listing.SWEEPS:
        from bench.sweeps import built_in

        print_listing(built_in(), console)
    elif what is Listing.DATA:
        from bench.data import BUILT_IN

        print_listing(BUILT_IN, console)
    else:
        from bench import controls

        sees = {control.name: f"{control.sight}: {control.summary}" for control in controls.select(["*"])}
        print_listing(sees, console)


@app.command(epilog="Example:\n\n  python -m bench show paper_small --input 70x70x3 --classes 2 --width 0.5")
def show(
    architecture: Annotated[str, typer.Argument(help="A registered architecture.")],
    input_: Annotated[str, typer.Option("--input", metavar="HxWxC", help="Input shape.")] = "70x70x3",
    classes: Annotated[int, typer.Option(parser=_at_least(2), metavar="N", help="Number of classes.")] = 2,
    width: Annotated[float | None, typer.Option(help="Multiplier on channels and units.")] = None,
) -> None:
    """Print the layer table of an architecture, with exact parameter counts, FLOPs and activation memory."""
    from bench.train.describe import layer_table_text

    shape = _input_shape(input_)
    _prepare_network(architecture, shape)
    print(layer_table_text(architecture, shape, classes, width))


@app.command(epilog="Example:\n\n  python -m bench size paper_small --params 3824486 --input 70x70x3")
def size(
    architecture: Annotated[str, typer.Argument(help="A registered architecture with a width.")],
    params: Annotated[
        int, typer.Option(parser=_at_least(1), metavar="N", help="The parameter count to come nearest to.")
    ],
    input_: Annotated[str, typer.Option("--input", metavar="HxWxC", help="Input shape.")] = "70x70x3",
    classes: Annotated[int, typer.Option(parser=_at_least(2), metavar="N", help="Number of classes.")] = 2,
) -> None:
    """Find the width whose parameter count is nearest a target."""
    from bench.train.describe import sizing_text

    shape = _input_shape(input_)
    _prepare_network(architecture, shape)
    print(sizing_text(architecture, params, shape, classes))
