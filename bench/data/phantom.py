"""Generated chest X-rays whose best possible accuracy is known. One image is called a film.

Only one number per film depends on its class: the density of a haze in the lungs, drawn from N(mean of the class, 1),
with the two means ``CLASS_DISTANCE`` apart. Everything else (size, place and tilt of the anatomy, heart, ribs, texture
of the haze, noise) has the same distribution in both classes. The anatomy of every film is scaled to the same mean, so
the mean of a film is linear in the density. A classifier can therefore learn only the density about the class, and no
classifier can expect a higher accuracy than the best rule for two Gaussians of equal variance.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import ArraySource, Dataset
from bench.seeds import generator

SIDE = 96
"""Height and width in pixels."""

CLASS_NAMES = ("clear", "opaque")

CLASS_DISTANCE = 2.4
"""The distance between the classes' mean densities, in standard deviations of the density within a class."""

OPAQUE_SHARE = 5 / 7
"""Share of opaque films: 70 of 98."""

_FILMS_PER_PATIENT = ((1, 2, 3, 4), (0.5, 0.25, 0.15, 0.1))
_ANATOMY_MEAN = 0.28
_HAZE_PER_DENSITY = 0.028
_LEAST_DENSITY = -3.2
_NOISE_SD = 0.012
_AXIS = np.linspace(-1, 1, SIDE)


@dataclass(frozen=True)
class Films:
    """Generated films, patient by patient.

    Attributes:
        images: (n, SIDE, SIDE) uint8.
        labels: (n,) int64, indices of ``CLASS_NAMES``.
        patients: n names; the films of one patient share class and anatomy.
        densities: (n,) float64, the only latent number that depends on the class.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    patients: tuple[str, ...]
    densities: NDArray[np.float64]


@dataclass(frozen=True)
class _Anatomy:
    tissue: NDArray[np.float64]
    lungs: NDArray[np.float64]


def best_accuracy(opaque_share: float, class_distance: float) -> float:
    """The accuracy of the best rule that distinguishes N(0, 1) from N(class_distance, 1) with known priors.

    The rule is a threshold on the density, at which the two classes are equally probable: linear discriminant analysis
    in one dimension (Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, 2nd edition, section 4.3).
    """
    shift = math.log(opaque_share / (1 - opaque_share)) / class_distance
    phi = NormalDist().cdf
    return opaque_share * phi(class_distance / 2 + shift) + (1 - opaque_share) * phi(class_distance / 2 - shift)


def open_phantom() -> Dataset:
    """The built-in data set: 98 films, 70 opaque and 28 clear, always the same.

    With the seeds 0 to 11, the best rule classifies 85 to 91 films correctly. Seed 2 is typical: 89 films (0.908;
    expected 0.900).
    """
    films = generate(98, generator(2, 0, "phantom"))
    return Dataset(
        name="phantom",
        class_names=CLASS_NAMES,
        labels=films.labels,
        files=tuple(f"phantom/{row:04d}" for row in range(len(films.labels))),
        source=ArraySource(films.images),
        patients=films.patients,
        best_accuracy=best_accuracy(OPAQUE_SHARE, CLASS_DISTANCE),
    )


def generate(n: int, generator: np.random.Generator) -> Films:
    """Draw n films, ``OPAQUE_SHARE`` of them (to the nearest film) opaque; a patient has one to four films.

    ``best_accuracy`` holds for films of patients that the classifier has not seen: the anatomy of a known patient
    identifies the class.
    """
    n_opaque = round(n * OPAQUE_SHARE)
    images = np.empty((n, SIDE, SIDE), dtype=np.uint8)
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [n - n_opaque, n_opaque])
    densities = labels * CLASS_DISTANCE + generator.standard_normal(n)
    patients: list[str] = []
    n_patients = 0
    for end in (n - n_opaque, n):
        while len(patients) < end:
            n_patients += 1
            anatomy = _draw_anatomy(generator)
            n_films = generator.choice(_FILMS_PER_PATIENT[0], p=_FILMS_PER_PATIENT[1])
            for _ in range(min(n_films, end - len(patients))):
                images[len(patients)] = _draw_film(anatomy, densities[len(patients)], generator)
                patients.append(f"patient-{n_patients:04d}")
    return Films(images, labels, tuple(patients), densities)


def _draw_film(anatomy: _Anatomy, density: float, generator: np.random.Generator) -> NDArray[np.uint8]:
    texture = anatomy.lungs * (1.5 + _blobs(generator, n=10))
    haze = texture / texture.mean() * _HAZE_PER_DENSITY * max(0.0, density - _LEAST_DENSITY)
    noise = generator.normal(0.0, _NOISE_SD, (SIDE, SIDE))
    film = anatomy.tissue + haze + noise - noise.mean()
    levels: NDArray[np.uint8] = np.rint(255 * np.clip(film, 0.0, 1.0)).astype(np.uint8)
    return levels


def _blobs(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Soft round spots at random places, in [0, 1]."""
    centres = generator.uniform(-0.8, 0.8, (n, 2))
    radii = generator.uniform(0.15, 0.35, n)
    rows = np.exp(-(((_AXIS - centres[:, :1]) / radii[:, None]) ** 2))
    columns = np.exp(-(((_AXIS - centres[:, 1:]) / radii[:, None]) ** 2))
    spots: NDArray[np.float64] = np.clip(rows.T @ columns, 0.0, 1.0)
    return spots


def _draw_anatomy(generator: np.random.Generator) -> _Anatomy:
    """A chest from the front, in coordinates from -1 (top, left) to 1, with random shift, scale and tilt."""
    scale, tilt = generator.uniform(0.95, 1.05), np.deg2rad(generator.uniform(-4, 4))
    down, right = generator.uniform(-0.04, 0.04, 2)
    lung_width, lung_length = generator.uniform(0.36, 0.42), generator.uniform(0.7, 0.8)
    heart_size, dome = generator.uniform(0.26, 0.34), generator.uniform(0.5, 0.6)
    rib_phase, rib_pitch = generator.uniform(0, 2 * np.pi), generator.uniform(0.2, 0.24)

    y0, x0 = (_AXIS[:, None] - down) / scale, (_AXIS[None, :] - right) / scale
    y, x = y0 * np.cos(tilt) - x0 * np.sin(tilt), x0 * np.cos(tilt) + y0 * np.sin(tilt)
    outward = np.abs(x)

    neck = _disc(y + 1.1, x, 0.5, 0.25, 0.1)
    trunk = _disc(y - 0.65, x, 1.4, 0.98, 0.03, corners=3.5)
    body = np.maximum(neck, trunk)
    lung_fields = _disc(y + 0.02 - 0.25 * (outward - 0.42), outward - 0.42, lung_length, lung_width, 0.05, corners=2.4)
    diaphragm = _disc(y - 1.05, outward - 0.4, dome, 0.75, 0.05)
    heart = _disc(y - 0.3 - 0.2 * x, x - 0.14, heart_size * 1.2, heart_size, 0.08)
    lungs = lung_fields * trunk * (1 - diaphragm) * (1 - heart)

    ribs = np.exp(4 * (np.cos(2 * np.pi * (y + 0.7 * (outward - 0.35) ** 2) / rib_pitch + rib_phase) - 1))
    spine = np.exp(-((x / 0.1) ** 2))
    clavicles = np.exp(-(((y + 0.62 + 0.25 * outward) / 0.035) ** 2)) * _disc(y + 0.7, x, 0.4, 0.65, 0.05)
    tissue = 0.03 + body * (0.5 + 0.14 * spine + 0.1 * np.maximum(heart, diaphragm) + 0.06 * clavicles)
    tissue = tissue - lungs * (0.44 - 0.09 * ribs)
    return _Anatomy(tissue * (_ANATOMY_MEAN / tissue.mean()), lungs)


def _disc(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    height: float,
    width: float,
    softness: float,
    corners: float = 2.0,
) -> NDArray[np.float64]:
    """1 inside a superellipse, 0 outside, by half-axes. ``corners`` is its exponent; 2 gives an ellipse."""
    radius = (np.abs(y / height) ** corners + np.abs(x / width) ** corners) ** (1 / corners)
    return 1 / (1 + np.exp(np.clip((radius - 1) / softness, -50, 50)))
