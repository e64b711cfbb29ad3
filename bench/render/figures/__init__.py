"""Charts of ``bench/pages/charts`` as matplotlib figures.

colours.py       every colour, marker and line style
house_style.py   fonts and lines that all figures share; saving
apart.py         moves points of nearly equal places apart
layers.py        draws the layers of a panel
text_fit.py      names, titles and legends that fit the page
row_figures.py   forest, components, effects, timing and audit: one row per name
panel_grid.py    calibration and confusion: one panel per network
names_beside.py  names of reference lines, to the right of the axes
point_names.py   names of points, next to them
paper_figure.py  the figure of a paper, in two widths
scaling_figure.py, pareto_figure.py, data_axis_figure.py, training_fit_figure.py, curves_figure.py
                 the other arrangements of panels, one per file
"""
