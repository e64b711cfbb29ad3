"""Tables and plots of a study, all of them rebuilt from its store.

write.py       ``write_report``: which files there are
material.py    what every table and plot is made from
series.py      which networks form a line, its name, its marker, line style and colour
tables.py      trials, summary, published and split tables as text
figures.py     what all figures share: fonts, axes, saving
scaling.py     accuracy, loss and step time against parameter count
controls.py    lines in plots, a table and the verdict: what networks have to beat
against.py     accuracy against training examples, label noise or input size
effects.py     what each factor of a factorial study is worth
fit.py         training error beside held-out error
curves.py      training and validation by epoch
confusion.py   confusion matrices
"""

from bench.report.write import write_report

__all__ = ["write_report"]
