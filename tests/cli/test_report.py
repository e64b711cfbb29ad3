BAD_COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "report without a folder": (["report"], ["Missing argument 'folder'"]),
    "report of no folder": (["report", "gone"], ["study.sqlite", "gone does not"]),
    "report of a folder without a store": (["report", "."], ["study.sqlite", "name a folder that a run has written"]),
}
