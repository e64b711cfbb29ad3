"""The text of a study: pages of sentences and tables, and charts, as plain data. ``bench/render`` formats them.

document.py           the document model: page, section, statement, note, remark, table
charts/               the content of the figures, as plain data
site_pages.py         the index of a site of studies, and its comparisons of two
number_text.py        numbers, p values and pairs of networks as text; the rounding rule
answer.py             answer.md, and the first lines of every other output
run_command.py        a part of it: the command that gives a study more seeds
asked_again.py        a part of the page: the choice at a price of parameters or of milliseconds
study_page.py         the page `report.html`: the answer, the main charts, the networks, and folded chapters
study_chapters.py     a part of it: the folded chapters
class_rates.py        a part of it: sensitivity and specificity
provenance.py         a part of it: machine and software, commands, references
definitions.py        a part of it: what the terms of a page mean, one sentence each
statements.py         statements.md and the output of ``analyse``
verdicts.py           a part of it: the wording of the answers along sizes
along_family.py       a part of it: scaling laws
appendix.py           appendix.md, for statisticians
inner_choice.py       a part of it: the choice on the inner validation part
claims.py             a part of it: published claims
summary_page.py       summary.md, the table of summary.tex, published.md
controls.py           controls.md
timing_page.py        timing.md
timed_parts.py        the times in timing.md and its chart
benchmark_timings.py  timings.md: results of pytest-benchmark
effects_page.py       effects.md and the table of effects.csv
training_fit_page.py  fit.md
audit_page.py         audit.md and the findings in summary.md
classification.py     classification_report.txt and the confusion matrices
two_studies.py        the output of ``compare``
power.py              the output of ``power``
"""
