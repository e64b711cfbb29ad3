"""``StoredStudy``: a study that a run has written, for notebooks and scripts."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from bench.analyse.analysis import Analysis
    from bench.analyse.ensembles import Duel
    from bench.analyse.estimates.insufficient import NotComputed
    from bench.analyse.two_studies import Comparison
    from bench.audit import Audit
    from bench.design.conclusions import Until
    from bench.pages.document import Section
    from bench.records import Study
    from bench.store import Counts, Store

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class StoredStudy:
    """A stored study. Each property reads the store when it is first used, and keeps the result.

    Open the study again to see results that were stored later.

    Attributes:
        folder: the study's folder.

    Example:
        >>> study = bench.open_study("results/widths-digits")  # doctest: +SKIP
        >>> study.summary[["n_params", "val_accuracy_mean"]]  # doctest: +SKIP
        >>> study.figure("accuracy").savefig("accuracy.pdf")  # doctest: +SKIP
    """

    folder: Path

    @cached_property
    def study(self) -> "Study":
        """The study's record: its name, sweep, data set and classes."""
        with _store(self.folder) as store:
            return store.study()

    @cached_property
    def counts(self) -> "Counts":
        """The numbers of trials that are done, failed and pending."""
        with _store(self.folder) as store:
            return store.counts()

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """One row per registered trial of a network or control, with the columns of ``trials.csv``."""
        with _store(self.folder) as store:
            return store.trials()

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """One row per network and protocol: counts, accuracy, loss and step time, as in ``summary.csv``."""
        from bench.study.study_data import StudyData

        with _store(self.folder) as store:
            return StudyData.read(store).summary.drop(columns="entry")

    @cached_property
    def epochs(self) -> "pd.DataFrame":
        """One row per epoch of each done trial."""
        with _store(self.folder) as store:
            return store.epochs()

    @cached_property
    def predictions(self) -> "pd.DataFrame":
        """One row per held-out image of each done trial, with the probability of every class."""
        with _store(self.folder) as store:
            return store.predictions(store.trials()["trial_key"].tolist())

    @cached_property
    def folds(self) -> "pd.DataFrame":
        """One row per image and seed: the fold that holds the image out."""
        with _store(self.folder) as store:
            return store.folds()

    @cached_property
    def measurements(self) -> "pd.DataFrame":
        """One row per measurement of a network's times."""
        with _store(self.folder) as store:
            return store.measurements()

    @cached_property
    def audit(self) -> "Audit | None":
        """The findings about the images; None if they were not audited."""
        with _store(self.folder) as store:
            return store.audit()

    @cached_property
    def analysis(self) -> "Analysis":
        """Every statistic of the study, at the default settings of ``analyse``."""
        return self.analyse()

    def analyse(self, claims: str | None = None, rope: float = 0.01, margin: float | None = None) -> "Analysis":
        """Compute intervals, tests, scaling laws and verdicts.

        Args:
            claims: a TOML file of published claims, or the built-in ``paper``; by default only the sweep's own.
            rope: half the width of the region of practical equivalence, as a difference in accuracy.
            margin: the smallest gain in accuracy that counts as a gain; by default the study's own, or 0.02.

        Raises:
            ClaimError: the claims cannot be used.
            StudyError: the store cannot be read.
        """
        from bench.analyse.analysis import analyse_study
        from bench.analyse.claims import load_claims
        from bench.study.study_data import StudyData

        asked = None if claims is None else load_claims(claims)
        with _store(self.folder) as store:
            return analyse_study(StudyData.read(store), asked, rope, margin)

    def statements(
        self,
        claims: str | None = None,
        rope: float = 0.01,
        margin: float | None = None,
        per_million: float | None = None,
        per_ms: float | None = None,
    ) -> "list[Section]":
        """The sections that ``python -m bench analyse`` prints.

        Args:
            claims: as in ``analyse``.
            rope: as in ``analyse``.
            margin: as in ``analyse``.
            per_million: percentage points of accuracy that a million parameters must bring; a section then states which
                network is worth most.
            per_ms: the same for a millisecond per training step.

        Raises:
            StudyError: the store cannot be read, or nothing can be chosen at a price.
            ClaimError: the claims cannot be used.
        """
        from bench.analyse.analysis import analyse_study
        from bench.analyse.asked_again import Cost
        from bench.analyse.claims import load_claims
        from bench.pages.asked_again import prices_section
        from bench.pages.statements import statements
        from bench.study.study_data import StudyData

        asked = None if claims is None else load_claims(claims)
        prices = {Cost.MILLION_PARAMETERS: per_million, Cost.STEP_MS: per_ms}
        with _store(self.folder) as store:
            data = StudyData.read(store)
            analysis = analyse_study(data, asked, rope, margin)
            first, *others = statements(analysis)
            given = {cost: price for cost, price in prices.items() if price is not None}
            return [first, *([prices_section(data, analysis, given)] if given else []), *others]

    def replay(
        self, stages: int | None = None, until: "Until | None" = None, margin: float | None = None
    ) -> "list[Section]":
        """Replay a design on the stored trials: what each look would have found and cost. Nothing is trained.

        Args:
            stages: the most stages; by default those of the study's own design, or 3.
            until: what is to be decided; by default as in the study's own design, or ``slope``.
            margin: the smallest gain in accuracy that counts; by default the study's own, or 0.02.

        Raises:
            StudyError: the study has no networks of two sizes or more with done trials.
        """
        from bench.analyse.answer.family_answer import margin_of
        from bench.design.looks import Rule
        from bench.design.replay import replay
        from bench.pages.design_page import replay_sections
        from bench.study.study_data import StudyData
        from bench.sweeps import DesignChoice

        with _store(self.folder) as store:
            study = store.study()
            own = DesignChoice.model_validate(study.sweep.get("design") or {})
            seeds = study.sweep.get("seeds") if "design" in study.sweep else None
            n_first = len(seeds) if isinstance(seeds, list) else 1
            rule = Rule(stages or own.stages, until or own.until, margin_of(study) if margin is None else margin)
            replayed = replay(StudyData.read(store), store.trial_records(), store.splits(), rule, n_first)
        return replay_sections(replayed, rule.until)

    def ensembles(self) -> "Sequence[Duel] | NotComputed":
        """Compare ensembles of small networks with one larger network of equal cost. Nothing is trained.

        Returns:
            One record per pair of equal cost, or the reason why there is none, such as seeds with different folds.
        """
        from functools import partial

        from bench.analyse.ensembles import ensembles_against_networks
        from bench.analyse.estimates.insufficient import attempt
        from bench.study.families import network_labels
        from bench.study.study_data import StudyData

        with _store(self.folder) as store:
            data = StudyData.read(store)
            return attempt(partial(ensembles_against_networks, data, network_labels(data.summary)))

    def figure(self, name: str) -> "Figure":
        """Draw one figure of the report.

        Args:
            name: ``accuracy``, ``loss``, ``step_ms``, ``pareto``, ``forest`` or another figure of the report.

        Returns:
            A matplotlib figure that belongs to no window.

        Raises:
            StudyError: there is no figure of this name, or the store cannot be read.
        """
        from bench.report.report_files import draw_figure
        from bench.study.study_data import StudyData

        with _store(self.folder) as store:
            return draw_figure(name, StudyData.read(store), self.analysis)

    def write_report(
        self, timings: Path | None = None, margin: float | None = None, *, with_samples: bool = False
    ) -> list[Path]:
        """Rebuild every table and plot of the study in its folder.

        Args:
            timings: a file of pytest-benchmark; ``timings.md`` then shows its times with the study's accuracies.
            margin: the smallest gain in accuracy that counts as a gain; by default the study's own, or 0.02.
            with_samples: whether ``report.html`` shows the sheets of sample pictures in the folder. Many data sets may
                not be redistributed.

        Returns:
            The files, in the order of writing.

        Raises:
            StudyError: the folder cannot be written, or it has no sheets of samples.
            TimingError: ``timings`` is not a pytest-benchmark file about networks.
        """
        from bench.report import write_report, write_timings

        with _store(self.folder) as store:
            beside = [] if timings is None else [write_timings(store, self.folder, timings)]
            return [*beside, *write_report(store, self.folder, margin, with_samples=with_samples)]

    def write_paper(
        self, folder: PathLike, margin: float | None = None, data_bib: PathLike | None = None
    ) -> list[Path]:
        """Write what an author needs to report the study: figures, a table, texts and references.

        Args:
            folder: where the files are written; created if missing.
            margin: the smallest gain in accuracy that counts as a gain; by default the study's own, or 0.02.
            data_bib: a file of the data set's BibTeX entries; by default only those that are known to the tool.

        Returns:
            The files, in the order of writing.

        Raises:
            StudyError: no network is trained, ``data_bib`` cannot be read, or the folder cannot be written.
        """
        from bench.analyse.analysis import analyse_study
        from bench.report import write_paper
        from bench.study.study_data import StudyData

        entries = None if data_bib is None else _text_of(Path(data_bib))
        with _store(self.folder) as store:
            data = StudyData.read(store)
            return write_paper(data, analyse_study(data, margin=margin), Path(folder), entries)


def open_study(folder: PathLike) -> StoredStudy:
    """Open a study that a run has written.

    Args:
        folder: the study's folder.

    Returns:
        The study: ``.trials``, ``.summary``, ``.epochs``, ``.predictions``, ``.analysis``, ``.figure("accuracy")``.

    Raises:
        StudyError: the folder holds no store, or the store holds no study.

    Example:
        >>> bench.open_study("results/widths-digits").analysis.sizes  # doctest: +SKIP
    """
    opened = StoredStudy(Path(folder))
    with _store(opened.folder) as store:
        store.study()
    return opened


def page_of(folder: PathLike) -> Path:
    """The page of a study, ``report.html``, as an absolute path.

    Args:
        folder: the study's folder.

    Raises:
        StudyError: it has no page.
    """
    page = Path(folder).resolve() / "report.html"
    if not page.is_file():
        raise StudyError(
            f"a study's page is written by its run and by report; {page} does not exist; run python -m bench report "
            f"{folder}"
        )
    return page


def compare(a: PathLike, b: PathLike) -> "Comparison":
    """Compare the networks that two studies share; trials of the same data, fold and seed are paired.

    Args:
        a: a study's folder.
        b: another study's folder.

    Returns:
        One record per common network: accuracies, the difference with its interval, the ratio of step times.

    Raises:
        StudyError: a folder holds no study, or the studies share no network.

    Example:
        >>> [each.difference for each in bench.compare("results/a", "results/b").matched]  # doctest: +SKIP
    """
    from bench.analyse.two_studies import Side, compare_studies
    from bench.study.study_data import StudyData

    def side(folder: PathLike) -> Side:
        with _store(Path(folder)) as store:
            return Side.of(StudyData.read(store))

    return compare_studies(side(a), side(b))


def _store(folder: Path) -> "Store":
    from bench.store import Store

    return Store.open_existing(folder)


def _text_of(bibliography: Path) -> str:
    try:
        return bibliography.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise StudyError(
            f"a bibliography must be readable text; {bibliography}: {problem}; correct its name or save it as UTF-8"
        ) from error
