"""Which networks have a panel, where there are more of them than a figure has room for."""

MAX_PANELS = 24


def thinned(entries: list[int]) -> list[int]:
    """At most ``MAX_PANELS`` of them, evenly spaced, the first and the last among them."""
    if len(entries) <= MAX_PANELS:
        return entries
    return [entries[round(index * (len(entries) - 1) / (MAX_PANELS - 1))] for index in range(MAX_PANELS)]


def panel_note(shown: list[int], entries: list[int]) -> str:
    """What a title adds where not every network has a panel."""
    return "" if len(shown) == len(entries) else f"\n{len(shown)} of {len(entries)} networks, evenly chosen"
