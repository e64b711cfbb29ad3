"""The result store: one SQLite file a study, one transaction a result. The only package that knows SQLite.

store.py      ``Store``: what can be asked of the file
folder.py     the study's folder: may it be one, and which process works in it
database.py   opening the file, transactions, SQLite's errors in one line
schema.py     the tables of every version, and how an old file becomes a current one
plan.py       rows of what a study will do: study, trials, networks, folds
results.py    rows of what was measured: results, step times
frames.py     the stored rows as DataFrames
"""

from bench.store.folder import check_folder, study_lock
from bench.store.store import STORE_NAME, Counts, Store

__all__ = ["STORE_NAME", "Counts", "Store", "check_folder", "study_lock"]
