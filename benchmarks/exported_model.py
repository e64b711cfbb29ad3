"""Compares the files of an exported model on real images, and measures time and memory of predicting many files.

    python -m benchmarks.exported_model MODEL DATA [--files 10000]

MODEL is a folder of ``bench export``, DATA a data set as ``--data`` takes it. The files are those of the data set,
repeated.
"""

import argparse
import itertools
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

import bench
from bench.data import Dataset, open_dataset
from bench.data.dataset import FileSource
from bench.data.decode import fit
from bench.predict.predictor import Predictor
from bench.train.tensorflow_backend.runtime import configure

MIB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("data")
    parser.add_argument("--files", type=int, default=0, help="how many files to predict; 0 compares the formats")
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.data)
    if arguments.files:
        predict_many(arguments.model, dataset, arguments.files)
    else:
        compare_formats(arguments.model, dataset)


def compare_formats(folder: Path, dataset: Dataset) -> None:
    configure(1)
    import keras

    graph = keras.saving.load_model(folder / "model.keras")
    fitted = keras.Model(graph.input, graph.get_layer("member_0")._inbound_nodes[-1].input_tensors[0])
    predictor, litert = Predictor(folder), _litert(folder / "model.tflite")
    largest = {"pixels": 0.0, "onnx": 0.0, "litert": 0.0}
    for row in range(len(dataset)):
        image = dataset.read(row)
        pixels = (np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image)[np.newaxis]
        expected = graph(pixels).numpy()[0]
        differences = {
            "pixels": fitted(pixels).numpy()[0] - fit(image, predictor.model.input_shape),
            "onnx": predictor.probabilities(image) - expected,
            "litert": litert(pixels) - expected,
        }
        largest = {name: max(largest[name], float(np.abs(each).max())) for name, each in differences.items()}
    print(f"{len(dataset)} images; largest difference of a pixel from training's: {largest['pixels']:.1e}")
    print(f"of a probability from model.keras: model.onnx {largest['onnx']:.1e}, model.tflite {largest['litert']:.1e}")


def _litert(path: Path) -> Any:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(path))
    (read,), (written,) = interpreter.get_input_details(), interpreter.get_output_details()

    def run(pixels: NDArray[np.float32]) -> Any:
        interpreter.resize_tensor_input(read["index"], pixels.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(read["index"], pixels)
        interpreter.invoke()
        return interpreter.get_tensor(written["index"])[0]

    return run


def predict_many(folder: Path, dataset: Dataset, n_files: int) -> None:
    if not isinstance(dataset.source, FileSource):
        raise SystemExit("DATA must be a folder of files")
    root = dataset.source.root
    files = [root / name for name in itertools.islice(itertools.cycle(dataset.files), n_files)]
    process, started = psutil.Process(), time.perf_counter()
    for n, _ in enumerate(bench.predict_images(folder, files), start=1):
        if n % max(1, n_files // 10) == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            now, elapsed = process.memory_info().rss / MIB, time.perf_counter() - started
            print(f"{n:,} files, {elapsed:.0f} s: {now:.0f} MiB now, {peak:.0f} MiB at most", flush=True)


if __name__ == "__main__":
    main()
