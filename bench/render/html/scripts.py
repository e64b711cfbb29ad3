"""The vendored scripts of the page: their versions, hashes and licences, and their text as it is placed in a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

_VENDOR = files("bench.render.html") / "vendor"


@dataclass(frozen=True)
class Vendored:
    """One file as npm ships it, unchanged.

    Attributes:
        package: on npm.
        version: of the package.
        path: of the file in the package.
        sha256: of the file.
    """

    package: str
    version: str
    path: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in ``vendor/``."""
        return self.path.rpartition("/")[2]


VENDORED = (
    Vendored(
        "vega",
        "6.4.0",
        "build/vega.min.js",
        "8f6a3587cf8d4f42c7e08120e3eb05d067e746d554e39d2dcf52acc0bd5ba28f",
    ),
    Vendored(
        "vega-lite",
        "6.4.3",
        "build/vega-lite.min.js",
        "35a9821df838825b05a6a73e9414b58747a1b18321583858ed903c66393a5c7e",
    ),
    Vendored(
        "vega-embed",
        "7.3.0",
        "build/vega-embed.min.js",
        "b1455caba2fb1a72fb46025ba0ba1316e2dbc7f0dd40a3f6040172bf9c08ba91",
    ),
)
"""In the order in which a page runs them. Vega-Embed contains the interpreter of Vega's expressions."""


def vendored_bytes(vendored: Vendored) -> bytes:
    """The file as npm ships it."""
    return (_VENDOR / vendored.name).read_bytes()


def licences() -> str:
    """The licences of the scripts and of the packages that they contain."""
    return (_VENDOR / "LICENCES.txt").read_text(encoding="utf-8")


def page_scripts() -> Sequence[str]:
    """The scripts in the order in which a page runs them, without the addresses of their source maps."""
    texts = (vendored_bytes(each).decode() for each in VENDORED)
    return ["\n".join(line for line in text.splitlines() if not line.startswith("//# source")) for text in texts]
