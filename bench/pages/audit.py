"""What an audit found, as a page."""

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from bench.audit.audit_records import Audit, Composition, Finding, Severity

MOST_FILES = 10
"""Groups of files that a page names for each finding; ``audit.json`` has them all."""

MEASURES = {
    "width": "width (pixels)",
    "height": "height (pixels)",
    "aspect": "width / height",
    "n_bytes": "file size (bytes)",
    "mean": "mean intensity",
    "sd": "sd of intensities",
}


def audit_markdown(audit: Audit) -> str:
    """The whole audit as a Markdown page."""
    parts = [f"# Audit of {audit.dataset}", audit_section(audit).partition("\n\n")[2]]
    parts += ["## Classes", _classes(audit), "## Distributions by class", _distributions(audit), _compositions(audit)]
    if audit.separations:
        parts += ["## What tells the classes apart without a pixel", _separations(audit)]
    if audit.near_duplicates:
        parts += ["## Near duplicates", _near_duplicates(audit)]
    if audit.left_out:
        table = [(each.file, each.problem, each.cause) for each in audit.left_out]
        parts += ["## Left out", tabulate(table, ["file", "problem", "cause"], tablefmt="pipe", disable_numparse=True)]
    return "\n\n".join(parts) + "\n"


def audit_section(audit: Audit) -> str:
    """The findings, for a report on something that was measured on the data set."""
    counts = ", ".join(f"{len(audit.of(severity))} {severity.value}" for severity in Severity)
    bound = "" if audit.n_groups == audit.n_images else f" in {audit.n_groups:,} groups that no fold should divide"
    lines = ["## The data", f"{audit.n_images:,} images{bound}; findings: {counts}.", *map(_finding, audit.findings)]
    return "\n\n".join(lines)


def _finding(finding: Finding) -> str:
    named = [", ".join(f"`{file}`" for file in group) for group in finding.files[:MOST_FILES]]
    left = len(finding.files) - len(named)
    files = "; ".join(named) + (f"; {left:,} more in audit.json" if left else "")
    lines = [
        f"**{finding.severity.value}: {finding.what}.** {finding.means}",
        f"*What to do:* {finding.to_do}",
        *([f"*Files:* {files}"] if named else []),
    ]
    return "  \n".join(lines)


def _classes(audit: Audit) -> str:
    rows = [(each.name, f"{each.n_images:,}", f"{each.n_groups:,}", f"{each.share:.3f}") for each in audit.classes]
    return _table(rows, ["class", "images", "groups", "share"])


def _distributions(audit: Audit) -> str:
    rows = [
        (
            MEASURES[row.measure],
            row.class_name,
            *map(_number, (row.minimum, row.quartile_1, row.median, row.quartile_3, row.maximum)),
        )
        for row in audit.distributions
    ]
    return _table(rows, ["measure", "class", "least", "quartile 1", "median", "quartile 3", "largest"], n_text=2)


def _compositions(audit: Audit) -> str:
    return _table(list(_composition_rows(audit.compositions)), ["measure", "class", "images"], n_text=3)


def _composition_rows(compositions: tuple[Composition, ...]) -> Iterator[tuple[str, str, str]]:
    for row in compositions:
        yield row.measure, row.class_name, ", ".join(f"{value} {count:,}" for value, count in row.counts.items())


def _separations(audit: Audit) -> str:
    rows = [
        (
            ", ".join(each.features),
            f"{each.accuracy:.3f} [{each.low:.3f}, {each.high:.3f}]",
            f"{each.majority:.3f}",
            f"{each.n_images:,}",
            str(each.n_folds),
        )
        for each in audit.separations
    ]
    table = _table(rows, ["a random forest sees", "accuracy", "largest class", "images", "folds"])
    return f"{table}\n\nGroup-wise stratified folds; in brackets the 95 % bootstrap interval over groups."


def _near_duplicates(audit: Audit) -> str:
    rows = [
        (
            f"`{pair.first}`",
            f"`{pair.second}`" + (" (mirrored)" if pair.mirrored else ""),
            f"{pair.agreement:.3f}",
            "yes" if pair.same_class else "no",
            {True: "yes", False: "no", None: "unknown"}[pair.same_patient],
        )
        for pair in sorted(audit.near_duplicates, key=lambda pair: -pair.agreement)[: 10 * MOST_FILES]
    ]
    table = _table(rows, ["picture", "and", "agreement", "same class", "same patient"], n_text=2)
    left = len(audit.near_duplicates) - len(rows)
    more = f"\n\n{left:,} more in audit.json." if left else ""
    return (
        f"{table}{more}\n\nAgreement: correlation of fine structure after the best shift and scaling; docs/audit.md. "
        f"{audit.n_searched:,} of {audit.n_images:,} pictures were large enough, and different enough, to be searched."
    )


def _table(rows: Sequence[tuple[str, ...]], names: list[str], n_text: int = 1) -> str:
    alignment = ["left"] * n_text + ["right"] * (len(names) - n_text)
    return tabulate(rows, names, tablefmt="pipe", disable_numparse=True, colalign=alignment if rows else None)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
