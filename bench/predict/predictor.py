"""``Predictor``: one image file -> class, calibrated probability, conformal set, and flags."""

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.decode import decode, read_metadata
from bench.data.fingerprint import gray_picture, pixel_hash
from bench.errors import BadFileError, ModelFolderError
from bench.predict.conformal import conformal_sets
from bench.predict.model_folder import ONNX_FILE, PRINTS_FILE, ModelFolder
from bench.predict.training_prints import TrainingPrints


@dataclass(frozen=True)
class Prediction:
    """The prediction for one file.

    Attributes:
        file: as it was named.
        classes: of the model, in the order of its outputs.
        probabilities: (n_classes,) calibrated.
        in_set: (n_classes,) whether the conformal set has the class.
        flags: phrases on how the picture differs from the training images, or which of them it repeats.
    """

    file: str
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    in_set: NDArray[np.bool_]
    flags: tuple[str, ...]

    @property
    def label(self) -> str:
        """The most probable class, the first of equals."""
        return self.classes[int(self.probabilities.argmax())]

    @property
    def probability(self) -> float:
        """Of the most probable class."""
        return float(self.probabilities.max())

    @property
    def conformal_set(self) -> tuple[str, ...]:
        """The classes of the conformal set, the most probable one first."""
        order = np.argsort(-self.probabilities, kind="stable").tolist()
        return tuple(self.classes[each] for each in order if self.in_set[each])


@dataclass(frozen=True)
class Unusable:
    """A file that has no prediction, and why, in one line."""

    file: str
    reason: str


class Predictor:
    """Predicts with the ONNX model of an exported folder. Threads may share it.

    Args:
        folder: an exported folder.

    Raises:
        ModelFolderError: it is not an exported folder, or onnxruntime is missing or cannot read its model.
    """

    def __init__(self, folder: Path) -> None:
        self.model = ModelFolder.read(folder)
        try:
            self._prints = TrainingPrints.load(folder / PRINTS_FILE)
        except (OSError, ValueError, KeyError) as error:
            raise ModelFolderError(
                f"an exported model has the prints of its training images; {folder / PRINTS_FILE}: {error}; "
                "export the model again"
            ) from error
        self._session = _session(folder / ONNX_FILE)

    def predict(self, path: Path) -> Prediction | Unusable:
        """Predict one file; a file that cannot be used is no error."""
        try:
            if not path.is_file():  # a pipe would be waited for
                return Unusable(str(path), "no file")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Pillow; a file that it cannot read is reported
                with path.open("rb") as file:
                    content = hashlib.file_digest(file, "sha256").digest()
                metadata, image = read_metadata(path), decode(path)
        except BadFileError as error:
            return Unusable(str(path), f"{error.problem} ({error.cause})" if error.cause else error.problem)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            return Unusable(str(path), getattr(error, "strerror", None) or str(error))
        gray = gray_picture(image)
        measures = {
            "width": float(metadata.width),
            "height": float(metadata.height),
            "aspect": metadata.width / metadata.height,
            "mean": float(gray.mean(dtype=np.float64)),
            "sd": float(gray.std(dtype=np.float64)),
        }
        repeated = self._prints.match(pixel_hash(image), gray)
        probabilities = self.probabilities(image)
        u = int.from_bytes(content[:8], "big") / 2**64
        in_set = conformal_sets(probabilities[np.newaxis], np.array([u]), self.model.threshold)[0]
        flags = (*self.model.training.differences(metadata.mode, measures), *([] if repeated is None else [repeated]))
        return Prediction(str(path), self.model.classes, probabilities, in_set, flags)

    def probabilities(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities (n_classes,) of a decoded picture (h, w, c) in [0, 1], with c = 1 or 3."""
        pixels = np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
        (outputs,) = self._session.run(None, {self._session.get_inputs()[0].name: pixels[np.newaxis]})
        probabilities: NDArray[np.float32] = outputs[0]
        return probabilities


def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelFolderError(
            "a prediction needs onnxruntime, which is not installed; run python -m pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # files are predicted in parallel, and one thread always gives the same bits
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # both keep memory for every size of a picture
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own, which share no base class
        raise ModelFolderError(
            f"{path.name} is as bench export wrote it; {path}: {' '.join(str(error).split())[:200]}; "
            "export the model again"
        ) from error
