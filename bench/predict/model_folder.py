"""``ModelFolder``: what an exported folder says about its model, apart from the network itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from bench.errors import ModelFolderError
from bench.predict.unlike import MEASURES, TrainingRange

FORMAT = 1
MODEL_JSON, CLASSES_JSON, PRINTS_FILE, ONNX_FILE = "model.json", "classes.json", "training_prints.npz", "model.onnx"


@dataclass(frozen=True)
class ModelFolder:
    """What the file ``model.json`` of an exported folder says, with the names of ``classes.json``.

    Attributes:
        classes: in the order of the model's outputs.
        study: the study that chose the network.
        network: its name in the study.
        input_shape: height, width and channels to which the graph fits a picture.
        trials: the keys of the trainings, one per member.
        seeds: their seeds.
        temperature: by which the graph divides the logarithms of the members' mean probabilities.
        level: the share of conformal sets that are to contain the true class.
        threshold: of the conformal sets; see ``conformal.conformal_sets``.
        training: what the training images have.
    """

    classes: tuple[str, ...]
    study: str
    network: str
    input_shape: tuple[int, int, int]
    trials: tuple[str, ...]
    seeds: tuple[int, ...]
    temperature: float
    level: float
    threshold: float
    training: TrainingRange

    def files(self) -> Mapping[str, str]:
        """The text of ``model.json`` and ``classes.json``, by name."""
        described = asdict(self)
        classes = described.pop("classes")
        return {
            MODEL_JSON: json.dumps({"format": FORMAT, **described}, ensure_ascii=False, indent=2) + "\n",
            CLASSES_JSON: json.dumps(classes, ensure_ascii=False, indent=2) + "\n",
        }

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder.

        Raises:
            ModelFolderError: it is not an exported folder, or a newer version wrote it.
        """
        try:
            described: dict[str, Any] = json.loads((folder / MODEL_JSON).read_text(encoding="utf-8"))
            classes = tuple(json.loads((folder / CLASSES_JSON).read_text(encoding="utf-8")))
            found = described.pop("format")
            if found != FORMAT:
                raise ModelFolderError(
                    f"this version reads exported models of format {FORMAT}; {folder} has {found}; "
                    "install the release that wrote it"
                )
            training = described.pop("training")
            limits = {
                name: (float(training["limits"][name][0]), float(training["limits"][name][1])) for name in MEASURES
            }
            for name in ("input_shape", "trials", "seeds"):
                described[name] = tuple(described[name])
            return cls(classes=classes, training=TrainingRange(tuple(training["modes"]), limits), **described)
        except OSError as error:
            raise ModelFolderError(
                f"an exported model is a folder with {MODEL_JSON} and {CLASSES_JSON}; {error.filename}: "
                f"{error.strerror}; name a folder that bench export has written"
            ) from error
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ModelFolderError(
                f"{MODEL_JSON} and {CLASSES_JSON} are as bench export wrote them; {folder}: {type(error).__name__}: "
                f"{' '.join(str(error).split())}; export the model again"
            ) from error
