"""The words: what is said of a study, as documents without a look. ``bench/render`` gives them one.

document.py           the document model: page, section, statement, note, remark, table
charts/               what the figures show, as plain data
wording.py            how numbers, p values and pairs of networks read; the rounding rule
statements.py         statements.md and what ``analyse`` prints; along_family.py and inner_choice.py are parts of it
summary_page.py       summary.md, the table of summary.tex, published.md
controls.py           controls.md
timing_page.py        timing.md; timed_parts.py: the times it and its chart are made from
benchmark_timings.py  timings.md: results of pytest-benchmark
effects_page.py       effects.md and the table of effects.csv
training_fit_page.py  fit.md
audit_page.py         audit.md and the findings in summary.md
classification.py     classification_report.txt and the confusion matrices
"""
