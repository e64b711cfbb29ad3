"""From a name or a path to images, labels and folds; free of TensorFlow.

catalogue   name or path -> Dataset; the built-in sets
dataset     Dataset, and where its pictures come from
folders     CLASS/FILE and manifest.csv
npz         the layouts of Keras and MedMNIST
phantom     generated films with a known best accuracy
decode      an image file of any mode -> float32 in the input shape
cache       decoded images on disk, mapped by every worker
folds       which images each fold holds out
nested      the inner validation part of a training part
metadata    what the files say of the images without their pixels
"""

from bench.data.cache import cached_images, default_cache_dir, open_images
from bench.data.catalogue import BUILT_IN, open_dataset
from bench.data.dataset import Dataset, as_files
from bench.data.folds import assign_folds, split_hash
from bench.data.metadata import file_metadata
from bench.data.nested import inner_split

__all__ = [
    "BUILT_IN",
    "Dataset",
    "as_files",
    "assign_folds",
    "cached_images",
    "default_cache_dir",
    "file_metadata",
    "inner_split",
    "open_dataset",
    "open_images",
    "split_hash",
]
