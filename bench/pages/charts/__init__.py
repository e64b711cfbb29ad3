"""The content of each figure as plain data, by pure functions of a study and its analysis.

chart.py    the records: charts, panels, axes and layers
series.py   divides networks into lines, and numbers the lines
panels.py   selects the networks with a panel if there are too many
*_chart.py  one file per figure: scaling (accuracy, loss, step_ms), pareto, data_axis, training_fit, curves, forest,
            components, effects, timing, calibration, confusion, audit
"""
