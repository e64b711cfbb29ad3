"""Errors of registering, naming or building an architecture. Each message is one line: rule, value, fix."""


class ArchitectureError(ValueError):
    """Base of every error of this package. The user sees its message as one line."""


class DuplicateNameError(ArchitectureError):
    """A name is registered twice."""


class UnknownArchitectureError(ArchitectureError, LookupError):
    """No registered architecture has this name, or matches this wildcard."""


class UnknownAxisError(ArchitectureError):
    """The builder has no such axis, or the axis does not take such a value."""


class InputTooSmallError(ArchitectureError):
    """The input is smaller than the smallest one that the architecture accepts."""


class EmptyLayerError(ArchitectureError):
    """The width leaves a layer without a channel or unit."""
