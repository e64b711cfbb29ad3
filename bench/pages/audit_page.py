"""The findings of an audit, as a page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench.audit.audit_records import Audit, Composition, Finding, Severity
from bench.pages.document import Block, Column, Note, Page, Remark, Section, Table
from bench.pages.number_text import interval, number

MOST_FILES = 10
"""The largest number of groups of files that a page lists per finding; ``audit.json`` lists all of them."""

MEASURES = {
    "width": "width (pixels)",
    "height": "height (pixels)",
    "aspect": "width / height",
    "n_bytes": "file size (bytes)",
    "mean": "mean intensity",
    "sd": "sd of intensities",
}


def audit_page(audit: Audit) -> Page:
    """The whole audit."""
    left_out = [(each.file, each.problem, each.cause) for each in audit.left_out]
    sections = (
        Section("", findings_section(audit).blocks),
        Section("Classes", (_classes(audit),)),
        Section("Distributions by class", (_distributions(audit), _compositions(audit))),
        Section("What distinguishes the classes without a pixel", _separations(audit)),
        Section("Near duplicates", _near_duplicates(audit)),
        Section("Left out", (_table(left_out, ["file", "problem", "cause"], n_text=3),) if left_out else ()),
    )
    return Page(f"Audit of {audit.dataset}", tuple(each for each in sections if each.blocks))


def findings_section(audit: Audit) -> Section:
    """The findings, for the audit's own page and for reports of studies on the data set."""
    counts = ", ".join(f"{len(audit.of(severity))} {severity.value}" for severity in Severity)
    bound = "" if audit.n_groups == audit.n_images else f" in {audit.n_groups:,} groups that no fold should divide"
    heading = Note(f"{audit.n_images:,} images{bound}; findings: {counts}.")
    return Section("The data", (heading, *map(finding_with_files, audit.findings)))


def finding_remark(finding: Finding) -> Remark:
    """A finding with its meaning and what to do."""
    return Remark(f"{finding.severity.value}: {finding.what}.", finding.means, (("What to do", finding.to_do),))


def finding_with_files(finding: Finding, most: int | None = MOST_FILES) -> Remark:
    """A finding with the names of its files, at most so many groups of them; None: all."""
    named = [", ".join(f"`{file}`" for file in group) for group in finding.files[:most]]
    left = len(finding.files) - len(named)
    files = "; ".join(named) + (f"; {left:,} more in audit.json" if left else "")
    remark = finding_remark(finding)
    return replace(remark, details=(*remark.details, ("Files", files))) if named else remark


def _classes(audit: Audit) -> Table:
    rows = [(each.name, f"{each.n_images:,}", f"{each.n_groups:,}", number(each.share)) for each in audit.classes]
    return _table(rows, ["class", "images", "groups", "share"])


def _distributions(audit: Audit) -> Table:
    rows = [
        (
            MEASURES[row.measure],
            row.class_name,
            *map(_number, (row.minimum, row.quartile_1, row.median, row.quartile_3, row.maximum)),
        )
        for row in audit.distributions
    ]
    return _table(rows, ["measure", "class", "least", "quartile 1", "median", "quartile 3", "largest"], n_text=2)


def _compositions(audit: Audit) -> Table:
    return _table(list(_composition_rows(audit.compositions)), ["measure", "class", "images"], n_text=3)


def _composition_rows(compositions: tuple[Composition, ...]) -> Iterator[tuple[str, str, str]]:
    for row in compositions:
        yield row.measure, row.class_name, ", ".join(f"{value} {count:,}" for value, count in row.counts.items())


def _separations(audit: Audit) -> tuple[Block, ...]:
    if not audit.separations:
        return ()
    rows = [
        (
            ", ".join(each.features),
            interval(each.accuracy, each.low, each.high),
            number(each.majority),
            f"{each.n_images:,}",
            str(each.n_folds),
        )
        for each in audit.separations
    ]
    table = _table(rows, ["a random forest sees", "accuracy", "largest class", "images", "folds"])
    return (table, Note("Group-wise stratified folds; in brackets the 95 % bootstrap interval over groups."))


def _near_duplicates(audit: Audit) -> tuple[Block, ...]:
    if not audit.near_duplicates:
        return ()
    rows = [
        (
            f"`{pair.first}`",
            f"`{pair.second}`" + (" (mirrored)" if pair.mirrored else ""),
            number(pair.agreement),
            "yes" if pair.same_class else "no",
            {True: "yes", False: "no", None: "unknown"}[pair.same_patient],
        )
        for pair in sorted(audit.near_duplicates, key=lambda pair: -pair.agreement)[: 10 * MOST_FILES]
    ]
    table = _table(rows, ["image", "and", "agreement", "same class", "same patient"], n_text=2)
    left = len(audit.near_duplicates) - len(rows)
    more = (Note(f"{left:,} more in audit.json."),) if left else ()
    searched = Note(
        "Agreement: correlation of fine structure after the best shift and scaling; docs/audit.md. "
        f"{audit.n_searched:,} of {audit.n_images:,} images were searched: large enough, not constant, no exact copy."
    )
    return (table, *more, searched)


def _table(rows: Sequence[tuple[str, ...]], names: list[str], n_text: int = 1) -> Table:
    columns = tuple(Column(name, "left" if place < n_text else "right") for place, name in enumerate(names))
    return Table(columns, tuple(rows))


def _number(value: float) -> str:
    return number(value, "{:,.0f}" if value >= 100 else "{:.3g}")
