"""Opens the images of a stored study again."""

from collections.abc import Collection

from bench.data import Dataset, open_dataset
from bench.errors import StudyError
from bench.records import Study


def study_images(study: Study, files: Collection[str], source: str | None, purpose: str) -> Dataset:
    """The study's images. If the data set is larger, as after ``--skip-bad`` or for a subset, those of its files.

    Args:
        study: the study.
        files: the names of its images.
        source: where they are; None opens the built-in data set that the study names.
        purpose: what needs them, for the message, such as ``a rerun``.

    Raises:
        StudyError: they are not the images of the study.
        DataError: the data set cannot be opened.
    """
    dataset = open_dataset(study.dataset if source is None else source, skip_bad=True)
    kept = [row for row, file in enumerate(dataset.files) if file in files]
    if len(files) == len(kept) < len(dataset):
        dataset = dataset.subset(kept)
    if dataset.data_hash != study.data_hash:
        raise StudyError(
            f"{purpose} needs the images of the study, {study.dataset} with the hash {study.data_hash}; received "
            f"{dataset.name} with {dataset.data_hash}; give the study's images with --data"
        )
    return dataset
