"""``write_report``: every published file of a study, each replaced at once."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.audit.model import Audit
    from bench.store import Store


def write_report(store: "Store", folder: Path) -> list[Path]:
    """Rebuild all published files of a study; each is replaced at once, so a reader never sees half of one.

    trials.csv, summary.csv/.md/.tex, accuracy/loss/step_ms as .png and .svg, curves.png, splits.csv and
    environment.json; confusion.png and classification_report.txt where the sweep's ``[report]`` table asks for
    them; published.md where it has published points; audit.json, audit.md and audit.png where the data were audited.
    The same store gives the same bytes.

    Args:
        store: any state of a study: pending and failed trials are said to be.
        folder: where the files go; made where missing.

    Returns:
        The files, in the order of writing.

    Raises:
        StudyError: the store holds no study, or the folder cannot be written to.
    """
    from bench.report.contents import contents  # pandas and matplotlib: a second that ``list`` need not wait

    return _write(contents(store), folder)


def write_audit(audit: "Audit", folder: Path) -> list[Path]:
    """Write audit.json, audit.md and audit.png; as ``write_report`` does.

    Raises:
        StudyError: the folder cannot be written to.
    """
    from bench.report.contents import audit_contents

    return _write(audit_contents(audit), folder)


def _write(contents: "Iterable[tuple[str, bytes]]", folder: Path) -> list[Path]:
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents:
            _replace(folder / name, content)
            written.append(folder / name)
    except OSError as error:
        raise StudyError(
            f"a report's folder must be writable; {folder}: {error.strerror}; "
            "free space, change permissions, or copy the study elsewhere"
        ) from error
    return written


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner reads
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
