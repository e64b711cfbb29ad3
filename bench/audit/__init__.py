"""The audit of a data set: its problems, found before training. Imports no TensorFlow.

inspection           data set -> measurements, duplicates and groups; composes the modules below
pictures             measurements and thumbnails of each picture, cached by content
near_duplicates/     the search for near duplicates; thresholds.py has every threshold
cached_parts         a long computation in cached parts on all cores; a stopped computation resumes
metadata_separation  how well file metadata separate the classes, without a pixel
findings             the rules: severity, meaning, what to do
build_audit          inspection -> Audit
audit_records        the records of an audit
sample_sheets        one sheet of sample pictures per class
"""

from bench.audit.audit_records import (  # the other modules import scipy and pandas
    Audit,
    Finding,
    Severity,
)

__all__ = ["Audit", "Finding", "Severity"]
