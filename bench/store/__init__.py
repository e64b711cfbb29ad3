"""The result store: one SQLite file per study, one transaction per result. No other package uses SQLite.

store.py         ``Store``: all reading and writing of the file
study_plan.py    ``StudyPlan``: what a study registers
columns.py       the columns of every frame that the store returns
read_frames.py   reads the stored rows as these frames
plan_rows.py     writes and reads the rows of a plan: rounds, images, folds, trials
result_rows.py   writes the rows of results and times
database.py      opens the file; transactions; one-line messages for SQLite's errors
checksums.py     finds rows that anything but this program changed
schema.py        the tables of every version, and the migrations between versions
study_folder.py  the study's folder and its lock
"""

from bench.store.store import STORE_NAME, Counts, Store
from bench.store.study_folder import check_folder, check_name, study_lock
from bench.store.study_plan import StudyPlan

__all__ = ["STORE_NAME", "Counts", "Store", "StudyPlan", "check_folder", "check_name", "study_lock"]
