"""Class shares and distributions of a data set."""

from collections.abc import Sequence

from bench.audit.audit_records import Audit, ClassShare, Distribution
from bench.pages.audit_page import MEASURES
from bench.pages.charts.chart import Bars, Boxes, Chart, ChartAxis, Panel, Style, values
from bench.pages.number_text import number

_LOG_FROM_RATIO = 30.0
_MOST_CLASSES = 24


def audit_chart(audit: Audit) -> Chart:
    """Class shares (as figure 14 of Bakti and Firdaus), and the distribution of each measure by class."""
    classes = audit.classes[:_MOST_CLASSES]
    more = f" (the first {len(classes)} of {len(audit.classes)} classes)" if len(classes) < len(audit.classes) else ""
    names = tuple(each.name for each in classes)
    panels = [_shares(classes), *(_distribution(audit, measure, names) for measure in MEASURES)]
    return Chart(f"{audit.dataset}: {audit.n_images:,} images{more}", tuple(panels))


def _shares(classes: Sequence[ClassShare]) -> Panel:
    shares = values(each.share for each in classes)
    texts = []
    for each in classes:
        groups = "" if each.n_groups == each.n_images else f" in {each.n_groups:,} groups"
        texts.append(f"{each.n_images:,} ({number(100 * each.share, '{:.1f}')}%){groups}")
    places = values(range(len(classes)))
    bars = Bars("", Style("class"), places, (0.0,) * len(shares), shares, tuple(texts))
    x = ChartAxis("share of the images", limits=(0.0, min(1.0, 1.45 * max(shares))))
    return Panel(x, ChartAxis("", names=tuple(each.name for each in classes)), (bars,))


def _distribution(audit: Audit, measure: str, names: tuple[str, ...]) -> Panel:
    by_class: dict[str, Distribution] = {row.class_name: row for row in audit.distributions if row.measure == measure}
    rows = [by_class[name] for name in names]
    boxes = Boxes(
        values(range(len(rows))),
        minimum=values(row.minimum for row in rows),
        quartile_1=values(row.quartile_1 for row in rows),
        median=values(row.median for row in rows),
        quartile_3=values(row.quartile_3 for row in rows),
        maximum=values(row.maximum for row in rows),
    )
    least = min(row.minimum for row in by_class.values())
    largest = max(row.maximum for row in by_class.values())
    is_wide = least > 0 and largest / least > _LOG_FROM_RATIO
    x = ChartAxis(MEASURES[measure], "log" if is_wide else "linear", is_count=is_wide)
    return Panel(x, ChartAxis("", names=names), (boxes,))
