"""The files of a paper pack: what an author needs to report a study."""

from collections.abc import Iterator

from bench.analyse.analysis import Analysis
from bench.errors import StudyError
from bench.pages.charts.paper_chart import paper_chart
from bench.pages.paper.paper_table import control_rows, network_rows
from bench.pages.paper.references import references
from bench.pages.paper.reporting import reporting_page
from bench.pages.paper.texts import paper_page
from bench.render.figures.house_style import house_style, saved
from bench.render.figures.paper_figure import DOUBLE_INCHES, SINGLE_INCHES, paper_figure
from bench.render.latex import latex
from bench.render.markdown import markdown
from bench.study.study_data import StudyData

_WIDTHS = {"single": SINGLE_INCHES, "double": DOUBLE_INCHES}


def paper_files(data: StudyData, analysis: Analysis, data_bib: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files of a paper pack. The same study gives the same bytes.

    Args:
        data: the study.
        analysis: of the study.
        data_bib: BibTeX entries of the data set; None for those that are known to the tool.

    Raises:
        StudyError: no trial of a network is done.
    """
    if analysis.sizes.empty:
        raise StudyError(
            f"a paper pack reports trained networks; {data.study.name} has no network with a done trial; "
            "train it with python -m bench run"
        )
    chart = paper_chart(data, analysis)
    for name, inches in _WIDTHS.items():
        with house_style():
            figure = paper_figure(chart, inches)
            for suffix in ("pdf", "svg"):
                yield f"figure-{name}.{suffix}", saved(figure, suffix)
                figure.set_layout_engine("none")  # the layout is the same for all formats
    texts = markdown(paper_page(data, analysis))
    items = markdown(reporting_page(data, analysis))
    yield "texts.md", texts.encode()
    yield "reporting.md", items.encode()
    yield "references.bib", references(data, texts + items, data_bib).encode()
    table, controls = network_rows(data, analysis), control_rows(data, analysis)
    yield "table.tex", latex(table, data.title(), controls).encode()
