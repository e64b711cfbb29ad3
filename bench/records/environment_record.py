"""``Environment``: the machine and the software that produced a result."""

from dataclasses import dataclass, field

from bench.records.base import canonical, digest


@dataclass(frozen=True)
class Environment:
    """The machine and the software that produced a result: JSON-ready values, sorted by key when stored."""

    values: dict[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A stable hash, 16 hexadecimal digits."""
        return digest(canonical(self.values))
