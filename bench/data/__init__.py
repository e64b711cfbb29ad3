"""From a name or a path to images, labels and folds; free of TensorFlow.

catalogue         what --data accepts: the built-in sets, and the formats of paths
data_format       what a format has to provide
format_folder     CLASS/FILE and manifest.csv
format_npz        .npz files, in the layouts of Keras and MedMNIST
digits            scikit-learn's digits
phantom           generated films with a known best accuracy
dataset           Dataset, and the sources of its pictures
decode            an image file of any mode -> float32 in the input shape
header_metadata   width, height, mode and format, without a pixel
image_cache       decoded images on disk, mapped by every worker
groups            which images no fold divides
folds             which images each fold holds out, and which of a training fold an inner validation part does
split             labels, groups and folds of every image, with their hash
stratified_order  the order in which examples join a subset
"""

from bench.data.catalogue import BUILT_IN, open_dataset
from bench.data.dataset import BadFile, Dataset, as_files
from bench.data.decode import FileMetadata
from bench.data.folds import assign_folds, inner_split, split_hash
from bench.data.groups import bind
from bench.data.header_metadata import file_metadata
from bench.data.image_cache import cached_images, default_cache_dir, open_images
from bench.data.split import Split

__all__ = [
    "BUILT_IN",
    "BadFile",
    "Dataset",
    "FileMetadata",
    "Split",
    "as_files",
    "assign_folds",
    "bind",
    "cached_images",
    "default_cache_dir",
    "file_metadata",
    "inner_split",
    "open_dataset",
    "open_images",
    "split_hash",
]
