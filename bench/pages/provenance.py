"""Where a study's numbers come from, and how to get them again: machine and software, commands, references."""

from collections.abc import Iterator, Mapping

import pandas as pd

from bench.pages.document import Code, Note, Section, Table
from bench.pages.paper.references import references
from bench.pages.run_command import run_command
from bench.study.study_data import StudyData


def machines(data: StudyData) -> list[str]:
    """The processors that computed the results, each once."""
    return list(dict.fromkeys(str(each.values.get("cpu", "unknown")) for each in data.environments.values()))


def machine_section(data: StudyData) -> Section:
    """Every value of every environment: one column per environment."""
    columns = [dict(_flat(each.values)) for each in data.environments.values()]
    n_trials = data.trials["environment_key"].value_counts()
    for key, column in zip(data.environments, columns, strict=True):
        column["trials"] = str(int(n_trials.get(key, 0)))
    heads = [f"environment {place + 1}" for place in range(len(columns))] if len(columns) > 1 else ["value"]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [
        {"what": name, **{head: column.get(name, "") for head, column in zip(heads, columns, strict=True)}}
        for name in names
    ]
    return Section("", (Table.of(pd.DataFrame(rows), ("what", *heads)),))


def _flat(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, str(value)


def rerun_sections(data: StudyData) -> Iterator[Section]:
    """The commands that train the study again and rebuild its files, and the references.

    An imported table was not trained here and has no store.
    """
    if data.has_predictions:
        seeds = sorted(set(data.trials["seed"].tolist()))
        yield Section(
            "Rerun",
            (
                Note(
                    "This command trains the same networks again. On the same type of machine it gives the same "
                    "numbers to the last bit; step times differ."
                ),
                Code(run_command(data.study, seeds)),
                Note("This command rebuilds every file of the study from the stored results; it trains nothing."),
                Code(f"python -m bench report path/to/{data.study.name}"),
            ),
        )
    yield Section("Cite", (Code(references(data, "", None).strip()),))
