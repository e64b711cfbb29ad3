"""What is wrong with a data set, found before anything is trained on it; free of TensorFlow.

inspect     data set -> measurements and duplicates: what folds need
measure     one pass over the files, resumable and kept by content
features    what thumbnails are compared by
whitening   what a set's pictures have in common, taken out
cells       which of them are compared at all, in a large set
candidates  which pictures might be near duplicates
align       one picture laid over another
alike       the search for near duplicates, composed
keep        a long search in parts, on every core, that goes on where it was stopped
separation  can classes be told apart without a pixel?
findings    the rules: severity, what it means, what to do
examine     all of that -> Audit
model       what an audit says
sheets      a picture of samples of each class
"""

from bench.audit.audit_records import (  # the rest takes scipy and pandas, which a reader need not wait for
    Audit,
    Finding,
    Severity,
)

__all__ = ["Audit", "Finding", "Severity"]
