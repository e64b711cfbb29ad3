"""Text that a terminal may print: control characters, which could move the cursor or hide lines, become visible."""


def printable(text: str) -> str:
    r"""The text with every character that is not printable, except line breaks, as an escape such as ``\x1b``."""
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)
