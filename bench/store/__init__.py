"""The result store: one SQLite file per study, one transaction per result. The only package that knows SQLite.

store.py         ``Store``: everything that can be asked of the file
study_plan.py    ``StudyPlan``: what a study registers
columns.py       the columns of every frame that leaves the store, and how to find those of axes and protocol
read_frames.py   reads the stored rows as these frames
plan_rows.py     writes and reads the rows of a plan: rounds, images, folds, trials
result_rows.py   writes the rows of what was measured: results, times
database.py      opening the file, transactions, SQLite's errors in one line
schema.py        the tables of every version, and how an old file becomes a current one
study_folder.py  the study's folder and its lock
"""

from bench.store.store import STORE_NAME, Counts, Store
from bench.store.study_folder import check_folder, study_lock
from bench.store.study_plan import StudyPlan

__all__ = ["STORE_NAME", "Counts", "Store", "StudyPlan", "check_folder", "study_lock"]
