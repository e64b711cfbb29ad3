"""The ink: pages, tables and charts as Markdown, terminal text, LaTeX, CSV, JSON and matplotlib figures.

analysis_json.py   an analysis as ``analysis.json``
figures/           matplotlib figures; colours.py has every colour, marker and line style
"""
