"""``Record``: a frozen pydantic record; its canonical JSON, and hashes of it."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

AxisValue = int | float | str | bool
Hash = Annotated[str, Field(pattern=r"^[\w-]+$")]
InputShape = tuple[PositiveInt, PositiveInt, Literal[1, 3]]


class Record(BaseModel):
    """A frozen record whose fields are exactly the declared ones.

    A field that is added to a released record is listed in ``LATER_FIELDS``. At its default it is left out of the
    canonical JSON, so the hashes of records that do not use it do not change.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields replaced, and without cached values computed from the old ones."""
        copied = super().model_copy(update=update, deep=deep)
        for computed in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[computed]
        return copied

    @cached_property
    def canonical_json(self) -> str:
        """The record as JSON with sorted keys and no spaces, from which its hashes are computed."""
        fields = type(self).model_fields
        unused = {name for name in self.LATER_FIELDS if getattr(self, name) == fields[name].default}
        return canonical(self.model_dump(mode="json", exclude=unused))


def canonical(values: object) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
