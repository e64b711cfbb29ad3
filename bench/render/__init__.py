"""Renders pages, tables and charts as Markdown, terminal text, LaTeX, CSV, JSON, HTML and matplotlib figures.

markdown.py        pages
terminal.py        sections and tables, by rich
latex.py           tables
csv_text.py        frames
analysis_json.py   an analysis as ``analysis.json``
site/              the pages of a site of studies
html/              a study as one HTML file
figures/           charts as matplotlib figures; colours.py has every colour, marker and line style
"""
