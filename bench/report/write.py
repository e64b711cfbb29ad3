"""``write_report``: writes every published file of a study, each atomically."""

from pathlib import Path
from typing import TYPE_CHECKING

from bench.files import whole_file, writable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.analyse.analysis import Analysis
    from bench.audit.audit_records import Audit
    from bench.pages.document import Picture
    from bench.store import Store
    from bench.study.study_data import StudyData


def write_report(
    store: "Store", folder: Path, margin: float | None = None, *, with_samples: bool = False
) -> list[Path]:
    """Rebuild all published files of a study from its store: see ``write_analysis``.

    Args:
        store: of the study.
        folder: where the files are written.
        margin: the smallest gain in accuracy that counts as a gain; by default the study's own.
        with_samples: whether ``report.html`` shows the sheets of samples that are in ``folder``.

    Raises:
        StudyError: the store holds no study, the folder cannot be written to, or it has no sheets of samples.
    """
    from bench.analyse.analysis import analyse_study  # pandas and scipy take 1 s, which ``list`` does not need
    from bench.report.samples import read_samples
    from bench.study.study_data import StudyData

    data = StudyData.read(store)
    samples = read_samples(folder, data.study.class_names) if with_samples else ()
    return write_analysis(data, analyse_study(data, margin=margin), folder, samples)


def write_analysis(
    data: "StudyData", analysis: "Analysis", folder: Path, samples: "tuple[Picture, ...]" = ()
) -> list[Path]:
    """Rebuild all published files of a study. Each is replaced atomically, so a reader never sees a partial file.

    ``report_files.FILES`` lists the files. The same store gives the same bytes.

    Args:
        data: a study in any state; pending and failed trials are counted in titles.
        analysis: of the study.
        folder: where the files are written; created if missing.
        samples: pictures of the images, for ``report.html``.

    Returns:
        The files, in the order of writing.

    Raises:
        StudyError: the folder cannot be written to.
    """
    from bench.report.report_files import (
        contents,  # pandas and matplotlib take 1 s to import, which ``list`` does not need
    )

    return _write(contents(data, analysis, samples), folder)


def write_audit(audit: "Audit", folder: Path) -> list[Path]:
    """Write audit.json, audit.md and audit.png, each atomically.

    Raises:
        StudyError: the folder cannot be written to.
    """
    from bench.report.report_files import audit_files

    return _write(audit_files(audit), folder)


def write_paper(data: "StudyData", analysis: "Analysis", folder: Path, data_bib: str | None = None) -> list[Path]:
    """Write the paper pack of a study, each file atomically: see ``paper_files``.

    Raises:
        StudyError: no network is trained, or the folder cannot be written to.
    """
    from bench.report.paper_files import paper_files

    return _write(paper_files(data, analysis, data_bib), folder)


def _write(contents: "Iterable[tuple[str, bytes]]", folder: Path) -> list[Path]:
    written = []
    with writable(folder):
        for name, content in contents:
            with whole_file(folder / name) as file:
                file.write(content)
            written.append(folder / name)
    return written


def write_timings(store: "Store", folder: Path, timings: Path) -> Path:
    """Write ``timings.md``: the results of pytest-benchmark with the study's accuracies.

    Raises:
        TimingError: the file has no pytest-benchmark results of networks.
        StudyError: as ``write_report`` raises it.
    """
    from bench.pages.benchmark_timings import timings_page
    from bench.render.markdown import markdown
    from bench.report.pytest_benchmark import read_timings
    from bench.study.study_data import StudyData

    page = markdown(timings_page(StudyData.read(store), read_timings(timings), timings.name))
    with writable(folder), whole_file(folder / "timings.md") as file:
        file.write(page.encode())
    return folder / "timings.md"
