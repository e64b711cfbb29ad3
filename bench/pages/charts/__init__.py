"""The content of each figure as plain data, by pure functions of a study and its analysis.

chart.py    the records: charts, panels, axes and layers
series.py   divides networks into lines, and numbers the lines
panels.py   selects the networks with a panel if there are too many
*_chart.py  one file per figure; ``report/report_files.py`` pairs each with its renderer in ``render/figures``
"""
