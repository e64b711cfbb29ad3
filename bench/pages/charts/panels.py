"""Selects the networks with a panel if a figure has too little room for all."""

MAX_PANELS = 24


def thinned(entries: list[int]) -> list[int]:
    """At most ``MAX_PANELS`` entries, evenly spaced, including the first and the last."""
    if len(entries) <= MAX_PANELS:
        return entries
    return [entries[round(index * (len(entries) - 1) / (MAX_PANELS - 1))] for index in range(MAX_PANELS)]


def panel_note(shown: list[int], entries: list[int]) -> str:
    """The addition to a title if not every network has a panel."""
    return "" if len(shown) == len(entries) else f"\n{len(shown)} of {len(entries)} networks, evenly spaced"
