"""What is wrong with a data set, found before training; free of TensorFlow.

inspection           data set -> measurements, duplicates and groups; composes the modules below
pictures             measurements and thumbnails of each picture, cached by content
near_duplicates/     the search for near duplicates; thresholds.py has every threshold
cached_parts         a long computation in parts, on all cores, which resumes where it was stopped
metadata_separation  how well the classes are told apart without a pixel
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
