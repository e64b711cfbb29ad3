"""An exported folder whose network is the mean intensity of a picture: class ``bright`` against ``dark``."""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bench.data.fingerprint import pixel_hash
from bench.predict.model_folder import ONNX_FILE, PRINTS_FILE, ModelFolder
from bench.predict.portable import PORTABLE_FILE, write_portable
from bench.predict.training_prints import TrainingPrints
from bench.predict.unlike import TrainingRange

TRAINED_ON = np.full((8, 8, 1), 0.4, np.float32)


def model_folder(threshold: float = 0.7) -> ModelFolder:
    return ModelFolder(
        classes=("bright", "dark"),
        study="widths-lungs",
        network="paper_small ×1",
        input_shape=(8, 8, 1),
        trials=("0123456789abcdef",),
        seeds=(0,),
        temperature=1.0,
        level=0.9,
        threshold=threshold,
        training=TrainingRange(
            ("L",), {"width": (8, 8), "height": (8, 8), "aspect": (1, 1), "mean": (0.1, 0.9), "sd": (0.0, 0.5)}
        ),
    )


def write_model(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in model_folder().files().items():
        (folder / name).write_text(text)
    onnx.save(_mean_intensity(), folder / ONNX_FILE)
    none: NDArray[np.float32] = np.empty((0, 0), np.float32)
    hashes = np.array([pixel_hash(TRAINED_ON)])
    TrainingPrints(np.array(["dark/7.png"]), hashes, np.empty(0, np.int64), none, None, 0.8, 32).save(
        folder / PRINTS_FILE
    )
    write_portable(folder / PORTABLE_FILE)
    return folder


def _mean_intensity() -> onnx.ModelProto:
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [None, None, None, 3])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
        helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 1]),
        helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
    ]
    nodes = [
        helper.make_node("ReduceMean", ["pixels", "axes"], ["mean"], keepdims=0),
        helper.make_node("Reshape", ["mean", "shape"], ["bright"]),
        helper.make_node("Sub", ["one", "bright"], ["dark"]),
        helper.make_node("Concat", ["bright", "dark"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(nodes, "mean", [pixels], [probabilities], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
