import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.environment import available_bytes
from bench.fresh_processes import FreshProcesses
from bench.records import Network, Protocol, TimedPart
from bench.timing import FitData, measure_network
from bench.timing.keras_fit import image_files, printed_step_ms
from bench.timing.network_times import N_INFERENCE_SAMPLES
from bench.train.tensorflow_backend.engine import compiled_engine
from tests.timing.planted import sleeper, task

pytestmark = pytest.mark.usefixtures("tensorflow_runtime")

SLEEP_S = 0.05
PAPER_SMALL = Network(
    architecture="paper_small",
    width=0.125,
    axes=(("dropout_conv", 0.25), ("dropout_dense", 0.5), ("output_activation", "softmax")),
    input_shape=(16, 16, 1),
    n_classes=2,
)


def test_a_planted_sleep_of_known_length_is_measured_in_step_forward_and_backward_but_not_in_validation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = sleeper(monkeypatch, [SLEEP_S])
    parts = (TimedPart.STEP, TimedPart.FORWARD, TimedPart.FORWARD_BACKWARD, TimedPart.VALIDATION)

    measured = {times.part: np.median(times.samples_ns) / 1e9 for times in measure_network(task(network, *parts))}

    # A sleep can only be too long; on a busy machine each step adds its own few milliseconds.
    for part in parts[:3]:
        assert SLEEP_S <= measured[part] < 1.6 * SLEEP_S
    assert measured[TimedPart.VALIDATION] < SLEEP_S


def test_a_planted_slow_first_step_stays_among_the_warm_up_and_out_of_the_median(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (times,) = measure_network(task(sleeper(monkeypatch, [0.5, 0.0])))

    assert times.warmup_ns[0] > 0.5e9
    assert times.figures["first_step_s"] == times.warmup_ns[0] / 1e9
    assert max(times.samples_ns) < 0.5e9


def test_samples_are_read_off_the_clock_that_was_passed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    network = sleeper(monkeypatch, [0.0])
    ticks = iter(range(0, 10**6, 7))

    (times,) = measure_network(task(network, n_samples=3), clock_ns=lambda: next(ticks))

    assert times.samples_ns == (7, 7, 7)
    assert set(times.warmup_ns) == {7}
    assert times.figures["trace_s"] == 7e-9


def test_every_part_gives_its_samples_and_what_the_machine_did() -> None:
    parts = (TimedPart.STEP, TimedPart.VALIDATION, TimedPart.INFERENCE_1, TimedPart.INFERENCE_32)

    measured = measure_network(task(PAPER_SMALL, *parts, n_samples=5))

    assert [times.part for times in measured] == list(parts)
    assert [len(times.samples_ns) for times in measured] == [5, 5, N_INFERENCE_SAMPLES, N_INFERENCE_SAMPLES]
    for times in measured:
        assert min(times.samples_ns) > 0
        assert times.counters.wall_s * 1e9 >= sum(times.samples_ns)
        assert times.counters.own_cpu_s > 0


def test_costs_are_measured_beside_the_step_where_asked_for() -> None:
    compiled_engine.cache_clear()  # an earlier test has traced this network in this process
    plain = measure_network(task(PAPER_SMALL, n_samples=3))[0].figures
    # Memory that this process has taken before would hide what the network takes.
    with FreshProcesses(available_bytes) as isolated:
        with_costs = isolated.measure(task(PAPER_SMALL, n_samples=3, with_costs=True)).value[0].figures

    assert set(plain) == {"trace_s", "first_step_s"}
    # By hand, at 14x14x4 and 5x5x4 after convolution: see tests/architectures/test_anatomy.py for a whole count.
    assert with_costs["train_flops_per_example"] > 2 * 2 * 9 * 4 * 14 * 14
    assert with_costs["gemm_gflops"] > 0.1
    assert with_costs["model_file_bytes"] > 4 * 626
    assert with_costs["peak_above_idle_bytes"] > 0


def test_bfloat16_steps_are_measured() -> None:
    (times,) = measure_network(
        task(PAPER_SMALL, n_samples=3, protocol=Protocol(batch_size=4, precision="mixed_bfloat16"))
    )

    assert len(times.samples_ns) == 3


@pytest.fixture
def fit_data(tmp_path: Path) -> FitData:
    pixels = np.random.default_rng(0).random((12, 16, 16, 1), dtype=np.float32)
    np.save(tmp_path / "images.npy", pixels)
    files = tuple(f"{row}.png" for row in range(12))
    for file, image in zip(files, pixels, strict=True):
        Image.fromarray((255 * image[..., 0]).astype(np.uint8)).save(tmp_path / file)
    rows = np.arange(12)
    return FitData(tmp_path / "images.npy", rows % 2, rows[:10], rows[10:], tmp_path, files)


@pytest.mark.parametrize("part", [TimedPart.KERAS, TimedPart.DISK])
def test_a_fit_gives_a_sample_an_epoch_and_what_the_progress_bar_printed(
    fit_data: FitData, part: TimedPart, capsys: pytest.CaptureFixture[str]
) -> None:
    (times,) = measure_network(task(PAPER_SMALL, part, n_samples=4, fit_data=fit_data))

    assert len(times.samples_ns) == 3  # epochs of 3 steps
    assert len(times.warmup_ns) == 2
    assert times.figures["bar_ms"] > 0
    assert capsys.readouterr().out == ""


def test_decoding_that_takes_a_known_time_is_in_the_steps_of_a_fit_on_files_and_not_on_arrays(
    fit_data: FitData, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def slow(path: Path) -> np.ndarray:
        decoded.append(path)
        time.sleep(0.02)
        return np.zeros((16, 16, 1), np.float32)

    monkeypatch.setattr("bench.timing.keras_fit.decode", slow)
    (on_files,) = measure_network(task(PAPER_SMALL, TimedPart.DISK, n_samples=4, fit_data=fit_data))
    n_decoded = len(decoded)
    measure_network(task(PAPER_SMALL, TimedPart.KERAS, n_samples=4, fit_data=fit_data))

    a_batch_s = 0.02 * 10 / 3
    assert np.median(on_files.samples_ns) / 1e9 > 0.9 * a_batch_s
    assert len(decoded) == n_decoded > 0  # what is not decoded takes no time, however busy the machine is


def test_files_are_decoded_anew_in_every_epoch_each_once_with_its_label(fit_data: FitData) -> None:
    labels = np.eye(2, dtype=np.float32)[fit_data.labels]
    paths = [fit_data.root / file for file in fit_data.files]
    data = image_files(paths, labels, (16, 16, 1), 5, np.random.default_rng(0))
    pixels = np.load(fit_data.images_path)

    for _ in range(2):
        images, shown = (
            np.concatenate(parts) for parts in zip(*(data[batch] for batch in range(len(data))), strict=True)
        )
        rows = [int(np.argmin(np.abs(pixels - image).sum(axis=(1, 2, 3)))) for image in images]
        assert sorted(rows) == list(range(12))
        assert np.array_equal(shown, labels[rows])
        data.on_epoch_end()


def test_the_last_number_that_the_progress_bar_shows_in_each_epoch_is_read_in_its_unit() -> None:
    text = (
        "Epoch 1/3\n\r1/4 ━━ 3s 1s/step - loss: 1\r4/4 ━━ 1s 340ms/step - loss: 0.5 - val_loss: 0.4\n"
        "Epoch 2/3\n\r4/4 ━━ 0s 970us/step - loss: 0.5\nEpoch 3/3\n\r4/4 ━━ 9s 2s/step\n"
    )

    assert printed_step_ms(text) == [340.0, pytest.approx(0.97), 2000.0]
