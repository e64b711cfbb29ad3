"""The commands on what is stored: ``report``, ``analyse``, ``compare``, ``determinism``, ``status``; and ``power``."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import EXIT_SOME_FAILED, app
from bench.cli.values import at_least

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

    from bench.analyse.analysis import analyse_study
    from bench.analyse.claims import load_claims
    from bench.cli.printing import print_sections
    from bench.pages.statements import statements
    from bench.store import Store
    from bench.study.study_data import StudyData

    asked = None if claims is None else load_claims(claims)
    with Store.open_existing(folder) as store:
        analysis = analyse_study(StudyData.read(store), asked, rope)
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

    from bench.analyse.two_studies import Side, compare_studies, exceeded
    from bench.cli.printing import print_sections
    from bench.pages.document import Section, Statement, Table
    from bench.pages.two_studies import comparison_sentences, comparison_table, exceeded_sentence
    from bench.store import Store
    from bench.study.study_data import StudyData

    def side(folder: Path) -> Side:
        with Store.open_existing(folder) as store:
            return Side.of(StudyData.read(store))

    compared = compare_studies(side(a), side(b))
    over = exceeded(compared, max_drop, max_slowdown)
    sentences = [*comparison_sentences(compared), *map(exceeded_sentence, over)]
    table = Table.of(comparison_table(compared))
    print_sections([Section("Comparison", (*map(Statement, sentences), table))], Console())
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
    from bench.training_pass import training_executor

    make_executor = partial(training_executor, "inline", 1)
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
    n: Annotated[int, typer.Option(parser=at_least(2), metavar="N", help="Images.")],
    folds: Annotated[int, typer.Option(parser=at_least(2), metavar="K", help="Folds.")],
    seeds: Annotated[int, typer.Option(parser=at_least(1), metavar="R", help="Seeds: repetitions of all folds.")],
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
    from bench.analyse.estimates.power import Design
    from bench.pages.power import power_lines

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

    from bench.cli.printing import print_status
    from bench.store import Store

    with Store.open_existing(folder) as store:
        print_status(store, Console())
