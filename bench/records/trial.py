"""``Trial``: one training of a network, or one fit of a control; and its key, a hash of what decides its numbers."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

from pydantic import Field, NonNegativeInt

from bench.records.base import Hash, InputShape, Record, digest
from bench.records.network import Network
from bench.records.protocol import Protocol

NUMBERS_VERSION = 1
"""Part of every trial key. Raised by one whenever a change of the code changes a trial's numbers."""


class TrialPlace(Record):
    """The place of a trial: a data set, one of its folds, and a seed.

    ``data_hash`` identifies images and labels, ``split_hash`` the fold assignment of this seed.
    """

    dataset: str
    data_hash: Hash
    split_hash: Hash
    n_folds: int = Field(ge=2)
    fold: NonNegativeInt
    seed: NonNegativeInt

    @property
    def place(self) -> dict[str, str | int]:
        """The fields of the place of a trial, by name."""
        return {name: getattr(self, name) for name in TrialPlace.model_fields}

    def _key(self, network: Network, protocol: Protocol, later_fields: Mapping[str, str]) -> str:
        # Assembled from cached parts, since a sweep's trials share few networks and protocols.
        later = {name: f'"{name}":"{value}",' for name, value in later_fields.items()}
        return digest(
            f'{{{later.get("backend", "")}{later.get("control", "")}"data_hash":"{self.data_hash}","fold":{self.fold},'
            f'"n_folds":{self.n_folds},"network":{network.canonical_json},"numbers_version":{NUMBERS_VERSION},'
            f'{later.get("numerics", "")}"protocol":{protocol.canonical_json},"seed":{self.seed},'
            f'"split_hash":"{self.split_hash}"}}'
        )


class NetworkTrial(TrialPlace):
    """One training: a network, a protocol, a fold and a seed, on one data set.

    ``control`` names the control (``bench.controls``) that the network is trained for, on changed images or labels;
    None for a network of the sweep. ``backend`` names the backend that trains it (``bench.train``) and ``numerics`` the
    version of the backend's arithmetic.
    """

    network: Network
    protocol: Protocol
    control: Hash | None = None
    backend: Hash = "tensorflow"
    numerics: Hash = "1"

    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset({"control", "backend", "numerics"})

    @property
    def input_shape(self) -> InputShape:
        """Height, width and channels of its images."""
        return self.network.input_shape

    @property
    def later(self) -> dict[str, str]:
        """The additional fields in its key: those of ``LATER_FIELDS`` that are not at their defaults."""
        defaults = {name: type(self).model_fields[name].default for name in self.LATER_FIELDS}
        return {name: getattr(self, name) for name, default in defaults.items() if getattr(self, name) != default}

    @cached_property
    def key(self) -> str:
        """The trial key: a stable hash of everything that decides the numbers (not of the data set's name)."""
        return self._key(self.network, self.protocol, self.later)


class ControlTrial(TrialPlace):
    """One fit of a control that trains no network, on the whole training part of a fold.

    ``control`` names the control (``bench.controls``); ``input_shape`` is the shape of its images.
    """

    control: Hash
    input_shape: InputShape
    n_classes: int = Field(ge=2)

    @cached_property
    def key(self) -> str:
        """The trial key. It hashes ``network_in_key`` and the default protocol, as released versions did."""
        return self._key(self.network_in_key, Protocol(), self.later)

    @property
    def later(self) -> dict[str, str]:
        """The additional fields in its key."""
        return {"control": self.control}

    @property
    def network_in_key(self) -> Network:
        """The record in place of a network in the key and in the store: the control's name, without axes."""
        return Network(architecture=self.control, width=None, input_shape=self.input_shape, n_classes=self.n_classes)


Trial = NetworkTrial | ControlTrial
"""One entry of a study. A control that trains a network is a ``NetworkTrial``."""
