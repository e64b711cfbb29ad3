"""The published files of a study. All of them are rebuilt from its store.

report_files.py      the list of files: how each is made, and which studies have it
paper_files.py       the list of files of a paper pack
write.py             ``write_report``, ``write_audit``, ``write_timings``, ``write_paper``: writing them
samples.py           pictures of the images, for ``report.html``
pytest_benchmark.py  reads results of pytest-benchmark
"""

from bench.report.write import write_analysis, write_audit, write_paper, write_report, write_timings

__all__ = ["write_analysis", "write_audit", "write_paper", "write_report", "write_timings"]
