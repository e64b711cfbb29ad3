"""Statistics over stored results: DataFrames in, DataFrames out.

summary.py     a row a network and protocol: means over trials, spread, step times
controls.py    networks beside controls: paired differences, intervals, the verdict in words
effects.py     main effects and interactions of a factorial study
interpolation.py  where networks begin to fit their training set, and whether held-out error peaks there
baselines.py   what a classifier reaches that knows the class counts only
confusion.py   held-out predictions against true labels
"""

from bench.analyse.baselines import class_counts_loss, majority_share
from bench.analyse.summary import group_columns, latest_steps, summarise

__all__ = ["class_counts_loss", "group_columns", "latest_steps", "majority_share", "summarise"]
