"""A Sphinx extension: the page ``gallery``, made from the published studies."""

import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from bench.study.reported_study import FILES_READ, ReportedStudy

HERE = Path(__file__).parent
PUBLISHED = HERE.parent / "results" / "published"
FIGURES = ("effects.png", "images_or_parameters.png", "fit.png", "accuracy.png", "timing.png", "audit.png")
"""The picture of a study is the first of these that it has."""

_HEAD = """# Gallery

Every published study, with its question and the answer that it gives itself. Brackets are 95 % intervals. The folder
`results/published` of the repository has their tables, figures and stores. `python -m bench site results --out _site`
builds a site of them, with an index and comparisons.
"""


def page(pictures: Path) -> str:
    """The page in Markdown. The pictures are copied to a folder, from which the page shows them."""
    parts = [_HEAD]
    for folder in sorted((each for each in PUBLISHED.iterdir() if each.is_dir()), key=_order):
        files = {name: (folder / name).read_bytes() for name in FILES_READ if (folder / name).is_file()}
        study = ReportedStudy.read(files, str(folder))
        parts += [f"## {folder.name}\n", *([f"*{study.question}*\n"] if study.question else []), f"{study.answer}\n"]
        figure = next((folder / name for name in FIGURES if (folder / name).is_file()), None)
        if figure is not None:
            picture = f"{folder.name}-{figure.name}"
            shutil.copyfile(figure, pictures / picture)
            parts.append(f"![{folder.name}: {figure.stem}]({pictures.name}/{picture})\n")
        if study.n_params:
            sizes = f"{study.n_params[0]:,} to {study.n_params[-1]:,} parameters"
            parts.append(f"{len(study.n_params)} networks, {sizes}; {'; '.join(study.machines)}.\n")
    return "\n".join(parts)


def _order(folder: Path) -> tuple[int, str]:
    """Trained studies first, then times, then audits."""
    is_trained, is_timed = ((folder / name).is_file() for name in ("analysis.json", "timing.csv"))
    return (0 if is_trained else 1 if is_timed else 2), folder.name


def write_gallery(app: Sphinx) -> None:
    """Write the page before Sphinx reads the pages. Git ignores it."""
    pictures = Path(app.srcdir) / "_gallery"
    pictures.mkdir(exist_ok=True)
    (Path(app.srcdir) / "gallery.md").write_text(page(pictures), encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.connect("builder-inited", write_gallery)
    return {"version": "1", "parallel_read_safe": True}
