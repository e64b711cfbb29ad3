"""Augmentation of training batches: Keras's random preprocessing layers."""

from typing import Any

from bench.records import Protocol


def build_augmenters(protocol: Protocol) -> tuple[Any, ...]:
    """The random preprocessing layers of a protocol, in the order flip, shift, rotation, zoom, contrast.

    Pixels from outside the image are filled by reflection, the default of these layers. A zoom keeps the aspect ratio.
    """
    from keras import layers

    shift, zoom = protocol.augment_shift, protocol.augment_zoom
    turn = protocol.augment_rotation_degrees / 360
    asked = {
        layers.RandomFlip: protocol.augment_flip != "none" and {"mode": protocol.augment_flip},
        layers.RandomTranslation: shift and {"height_factor": shift, "width_factor": shift},
        layers.RandomRotation: turn and {"factor": turn},
        layers.RandomZoom: zoom and {"height_factor": zoom},
        layers.RandomContrast: protocol.augment_contrast
        and {"factor": protocol.augment_contrast, "value_range": (0.0, 1.0)},
    }
    return tuple(layer(**arguments) for layer, arguments in asked.items() if arguments)
