"""The documentation, built by Sphinx: ``tox -e docs``."""

import sys
from pathlib import Path

import bench

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "param-scaling-bench"
author = "The param-scaling-bench developers"
release = bench.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "gallery",
    "module_docstrings",
]

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_show_sphinx = False
html_show_copyright = False
exclude_patterns = ["_build"]
smartquotes = False  # docs/style.md asks for plain quotes

myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_typehints = "description"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autosummary_generate = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
