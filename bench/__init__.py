"""A benchmark harness for parameter-count scaling of image classifiers.

Data flows one way. Each stage has a folder:

    sweep (TOML) -> trials -> execute (train, evaluate) -> store (SQLite) -> analyse -> pages, figures -> report
                                 timing (exclusive) ------^

pipeline.py      composes the stages; read this file first
planning.py      decides what a study will do, before anything is written
training_pass.py trains the trials of a plan and stores each result
design_pass.py   trains in stages, with a look after each, until a question is decided
forecasting.py   forecasts the time of a run, and what it can find
timing_pass.py   times the networks, in rounds of fresh processes
exporting.py     exports a network of a study as a model: trained on all images, calibrated, in a folder
whole_training_pass.py  trains a network on all images and stores each training
study_images.py  opens the images of a stored study again
determinism.py   reruns a stored trial and compares the bits
published_answers.py  writes the published studies' own answers into one table
publishing.py    copies a finished study, with its store, to the published studies
site_building.py builds a site over a folder of studies: index, pages, comparisons
api.py           the Python API: what the commands do, as functions
stored_study.py  the Python API: a stored study
cli/             the command line, one file per command
records/         the records that pass between the stages
named_factories.py  a registry of factories by name: executors, backends
files.py         atomic writing of files; checksums
errors.py        every error that a user can see
rounding.py      the rounding rule of numbers in text
seeds.py         the source of every random number of a trial
environment.py   the machine and the software that produced a result
progress.py      progress of a stage, on standard error
sweeps/          the sweep model, its expansion into trials, the built-in sweeps
data/            name or path -> images, labels, patients; folds
predict/         predicts image files with an exported model; also runs outside this package
audit/           problems of a data set; near duplicates
controls/        baselines that a network must beat
train/           training by a backend; the TensorFlow backend is included
execute/         where trials run: in this process, in local worker processes, or on a Dask cluster
timing/          ms/step, measured while nothing else runs
store/           the result store: SQLite, one transaction per result
study/           a stored study as frames, read once
analyse/         statistics over stored results: numbers only
design/          which trainings a design adds, what a look finds, when it stops; replay; the frozen plan
pages/           sentences, tables and charts as plain data
render/          renders them as Markdown, terminal text, LaTeX, CSV, JSON and figures
report/          the published files of a study

The networks are in the package ``architectures``, which never imports this one.

The Python API:

    import bench

    outcome = bench.run("smoke", overrides=["protocol.epochs=2"])
    study = bench.open_study(outcome.folder)
    study.trials, study.summary, study.analysis, study.figure("accuracy")

``bench.audit_data`` audits a data set, ``bench.predict_images`` predicts; ``bench.audit`` and ``bench.predict`` are
packages.
"""

from bench.api import (
    audit_data,
    build_site,
    export,
    forecast,
    import_table,
    layer_table,
    load_sweep,
    nearest_width,
    power,
    predict_images,
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
    "build_site",
    "compare",
    "export",
    "forecast",
    "import_table",
    "layer_table",
    "load_sweep",
    "nearest_width",
    "open_study",
    "power",
    "predict_images",
    "publish",
    "rerun",
    "run",
    "time",
]
