import pytest

from bench.predict.unlike import TrainingRange

TRAINED = TrainingRange(
    modes=("L", "RGB"),
    limits={"width": (100, 200), "height": (100, 100), "aspect": (1.0, 2.0), "mean": (0.2, 0.6), "sd": (0.1, 0.3)},
)
LIKE = {"width": 150.0, "height": 100.0, "aspect": 1.5, "mean": 0.4, "sd": 0.2}


def test_a_picture_like_the_training_images_has_no_flag() -> None:
    assert list(TRAINED.differences("RGB", LIKE)) == []


def test_the_limits_belong_to_the_range() -> None:
    assert list(TRAINED.differences("L", {**LIKE, "width": 100.0, "mean": 0.6})) == []


@pytest.mark.parametrize(
    ("mode", "change", "flag"),
    [
        ("CMYK", {}, "mode CMYK, training L or RGB"),
        ("L", {"width": 1201.0}, "width 1,201, training 100 to 200"),
        ("L", {"height": 99.0}, "height 99, training 100"),
        ("L", {"aspect": 0.5}, "aspect 0.50, training 1.00 to 2.00"),
        ("L", {"mean": 0.7}, "mean intensity 0.700, training 0.200 to 0.600"),
        ("L", {"sd": 0.01}, "sd of intensity 0.010, training 0.100 to 0.300"),
    ],
)
def test_each_measure_outside_its_range_is_a_flag(mode: str, change: dict[str, float], flag: str) -> None:
    assert list(TRAINED.differences(mode, {**LIKE, **change})) == [flag]
