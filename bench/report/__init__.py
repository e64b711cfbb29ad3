"""Tables and plots of a study, all of them rebuilt from its store.

write.py       ``write_report``: which files there are; ``write_timings``: pytest-benchmark's beside them
material.py    what every table and plot is made from
series.py      which networks form a line, its name, its marker, line style and colour
tables.py      trials, summary, published and split tables as text
figures.py     what all figures share: fonts, axes, saving
scaling.py     accuracy, loss and step time against parameter count
controls.py    a table and the verdict: what networks have to beat
against.py     accuracy against training examples, label noise or input size
effects.py     what each factor of a factorial study is worth
fit.py         training error beside held-out error
timing_material.py, timing_tables.py, timing_figure.py
               what a step is made of, what it costs, how far each time can be trusted
forest.py      paired differences; pareto.py: the Pareto fronts; calibration.py: reliability diagrams;
               components.py: what the spread is made of
curves.py      training and validation by epoch
confusion.py   confusion matrices
pytest_benchmark.py
               a file of pytest-benchmark's beside the study's accuracy
audit.py       what was found in the data
"""

from bench.report.write import write_analysis, write_audit, write_report, write_timings

__all__ = ["write_analysis", "write_audit", "write_report", "write_timings"]
