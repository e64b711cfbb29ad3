"""The published files of a study, all of them rebuilt from its store.

report_files.py      which files there are, how each is made, and when it is there
write.py             ``write_report``, ``write_audit``, ``write_timings``: writing them
pytest_benchmark.py  reads results of pytest-benchmark
"""

from bench.report.write import write_analysis, write_audit, write_report, write_timings

__all__ = ["write_analysis", "write_audit", "write_report", "write_timings"]
