"""``Environment``: the machine and the software that a result came from."""

from dataclasses import dataclass, field

from bench.records.base import canonical, digest


@dataclass(frozen=True)
class Environment:
    """The machine and the software a result came from: JSON-ready values, sorted by key when stored."""

    values: dict[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A stable hash, 16 hexadecimal digits."""
        return digest(canonical(self.values))
