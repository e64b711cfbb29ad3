import re
from pathlib import Path

import pytest
from PIL import Image

from bench.analyse.analysis import analyse_study
from bench.errors import StudyError
from bench.pages.study_page import study_page
from bench.render.html.study_html import payload, study_html
from bench.render.html.text_html import with_code
from bench.report import write_report
from bench.report.samples import read_samples
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import SMALL, Planted, cost, network

MOST_BYTES = 1_600_000
FOURTEEN = Planted(
    {network(width=0.1 * n): cost(1000 * 2**n) for n in range(1, 8)}
    | {network("paper_large", width=0.1 * n): cost(1500 * 2**n) for n in range(1, 8)},
    controls=["majority_class", "pixel_logistic", "nearest_neighbour"],
)


def test_a_text_in_the_payload_ends_no_element() -> None:
    assert payload({"a": "</script><!--&"}) == '{"a":"\\u003c/script\\u003e\\u003c!--\\u0026"}'


def test_code_is_marked_and_everything_is_escaped() -> None:
    assert with_code("a <b> `c < d` & e") == "a &lt;b&gt; <code>c &lt; d</code> &amp; e"


def test_a_page_of_fourteen_networks_is_within_its_budget(tmp_path: Path) -> None:
    FOURTEEN.write(tmp_path)
    with Store.open_existing(tmp_path) as store:
        data = StudyData.read(store)
        made = study_html(study_page(data, analyse_study(data)))
    assert len(made) <= MOST_BYTES


def test_samples_are_shown_on_demand_only(tmp_path: Path) -> None:
    SMALL.write(tmp_path)
    with Store.open_existing(tmp_path) as store:
        with pytest.raises(StudyError, match="has none; rerun the study's command"):
            write_report(store, tmp_path, with_samples=True)
        (tmp_path / "samples").mkdir()
        for number, name in enumerate(SMALL.class_names):
            Image.new("RGB", (984, 656), (90 * number, 0, 0)).save(tmp_path / "samples" / f"{number}-{name}.png")
        data = StudyData.read(store)
        analysis = analyse_study(data)
        samples = read_samples(tmp_path, SMALL.class_names)
        shown = study_html(study_page(data, analysis, samples=samples)).decode()
        hidden = study_html(study_page(data, analysis)).decode()
    assert re.findall(r'<img src="data:image/png;base64,[^"]+" alt="([^"]*)">', shown) == [
        f"Samples of {name}" for name in SMALL.class_names
    ]
    assert "data:image/png" not in hidden
