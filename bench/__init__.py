"""A benchmark harness for parameter-count scaling of image classifiers.

Data flows one way, and the folders say so:

    sweep (TOML) -> trials -> execute (train, evaluate) -> store (SQLite) -> analyse -> pages, figures -> report
                                 timing (exclusive) ------^

pipeline.py      composes the stages: the file to read first
planning.py      what a study will do, decided before anything is written
training_pass.py trains the trials of a plan and stores each result
timing_pass.py   takes times in rounds of fresh processes
determinism.py   reruns a stored trial and compares the bits
publishing.py    copies a finished study, with its store, into the published ones
api.py           the Python API: what the commands do, as functions
stored_study.py  the Python API: what is stored of a study
cli/             the command line, one file per command
records/         the records that pass between the stages
named_factories.py  a registry of factories by name: executors, backends
files.py         files written whole or not at all
errors.py        every error that a user can meet
seeds.py         the source of every random number of a trial
environment.py   the machine and the software that results came from
progress.py      what the user sees while a stage runs
sweeps/          the sweep model, its expansion into trials, the built-in sweeps
data/            name or path -> images, labels, patients; folds
audit/           problems of a data set; near duplicates
controls/        baselines that a network has to beat
train/           training behind a backend; TensorFlow's is the one that ships
execute/         where trials run: in this process or in local worker processes
timing/          ms/step, measured while nothing else runs
store/           the result store: SQLite, one transaction per result
study/           what was stored of a study, read once
analyse/         statistics over stored results: numbers only
pages/           the words and charts: pages of sentences, tables and charts as plain data
render/          the pages as Markdown, terminal text, LaTeX, CSV, JSON and figures
report/          the published files of a study

The networks are in the package ``architectures``, which never imports this one.

The Python API:

    import bench

    outcome = bench.run("smoke", overrides=["protocol.epochs=2"])
    study = bench.open_study(outcome.folder)
    study.trials, study.summary, study.analysis, study.figure("accuracy")

``bench.audit_data`` audits a data set: ``bench.audit`` is the package.
"""

from bench.api import (
    audit_data,
    forecast,
    layer_table,
    load_sweep,
    nearest_width,
    power,
    publish,
    rerun,
    run,
    time,
)
from bench.stored_study import StoredStudy, compare, open_study

__version__ = "0.1.0"

__all__ = [
    "StoredStudy",
    "audit_data",
    "compare",
    "forecast",
    "layer_table",
    "load_sweep",
    "nearest_width",
    "open_study",
    "power",
    "publish",
    "rerun",
    "run",
    "time",
]
