"""What each figure shows, as plain data: pure functions of a study and its analysis.

chart.py    the records: charts, panels, axes and layers
series.py   which networks form a line, and its number
panels.py   which networks have a panel where there are too many
*_chart.py  one file per figure; ``report/report_files.py`` pairs each with its renderer in ``render/figures``
"""
