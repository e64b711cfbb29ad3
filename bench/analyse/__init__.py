"""Statistics over stored results: DataFrames in, DataFrames and frozen records out; explained in docs/statistics.md.

analysis.py       everything that is said of a study: the module to read first
axis.py           ... along one family's sizes
sizes.py          ... of each network by itself
statements.py     in sentences (wording.py, along_wording.py, nested_wording.py); as_json.py: as numbers
compare.py        two studies side by side

summary.py        a row a network and protocol: means over trials, spread, step times
families.py       which networks differ in size only
blocks.py         trials as (seed, fold) blocks, and resampling of them
held_out.py       held-out predictions, pooled
insufficient.py   saying that a statistic cannot be computed, and why

intervals.py      of means over folds, of proportions, of differences
metrics.py        what held-out probabilities say beside accuracy
comparisons.py    paired tests of two networks
trend.py          Page, Kendall, slope; verdict.py: the words for them
laws.py           scaling laws and their robust fit; scaling.py: intervals, choice, extrapolation
components.py     variances of split, seed and what is left
power.py          what a design can detect
choosing.py       the Pareto front and other rules for choosing a network
claims.py         published claims against measurements (builtin/: the paper's)
controls.py       networks beside controls: leads with intervals, the verdict in words
effects.py        main effects and interactions of a factorial study
interpolation.py  where networks begin to fit their training set, and whether held-out error peaks there
nested.py         choosing on the inner validation part, so that nothing is chosen on the held-out fold
timing.py         medians and ratios of times over rounds; noise.py: whether they are to be trusted
baselines.py      what a classifier reaches that knows the class counts only
confusion.py      held-out predictions against true labels
"""

from bench.analyse.baselines import class_counts_loss, majority_share
from bench.analyse.summary import group_columns, latest_steps, summarise

__all__ = ["class_counts_loss", "group_columns", "latest_steps", "majority_share", "summarise"]
