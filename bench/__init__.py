"""A benchmark harness for parameter-count scaling of image classifiers.

Data flows one way, and the folders say so:

    sweep (TOML) -> trials -> execute (train, evaluate) -> store (SQLite) -> analyse -> report (tables, plots)
                                 timing (exclusive) ------^

pipeline.py     composes the stages: the file to read first
plan.py         what a study will do, decided before anything is written
determinism.py  reruns a stored trial and compares the bits
cli/            the command line: parse, call, print, exit code
terminal.py     what it prints
measure.py      how times are taken: rounds of fresh processes
records/        what passes between the stages
errors.py       what can go wrong
files.py        files written whole or not at all, with checksums in caches
seeds.py        where every random number of a trial comes from
environment.py  the machine and the software that results came from
progress.py     what the user sees while a stage runs
sweeps/         the sweep model, its expansion into trials, the built-in sweeps
data/           name or path -> images, labels, patients; folds
audit/          what is wrong with a data set; near duplicates
controls/       baselines that a network has to beat to mean anything
train/          the compiled training engine: the only code that trains
execute/        the executor seam: inline, local processes
timing/         ms/step, never while something else runs
store/          the result store: SQLite, one transaction a result
analyse/        statistics over stored results
report/         tables, plots, published folders

The networks are in the package ``architectures``, which knows nothing of this one.
"""
