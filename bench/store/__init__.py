"""The result store: one SQLite file a study, one transaction a result. The only package that knows SQLite.

store.py         ``Store``: what can be asked of the file
study_folder.py  the study's folder: may it be one, and which process works in it
database.py      opening the file, transactions, SQLite's errors in one line
schema.py        the tables of every version, and how an old file becomes a current one
plan_rows.py     rows of what a study will do: study, trials, networks, folds
result_rows.py   rows of what was measured: results, step times
frames.py        the stored rows as DataFrames
"""

from bench.store.store import STORE_NAME, Counts, Store
from bench.store.study_folder import check_folder, study_lock

__all__ = ["STORE_NAME", "Counts", "Store", "check_folder", "study_lock"]
