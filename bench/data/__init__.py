"""Data sets: images, labels and folds, from a name or a path. Imports no TensorFlow.

catalogue         what --data accepts: the built-in sets, and the formats of paths
data_format       the interface of a format on disk
format_folder     CLASS/FILE and manifest.csv
format_npz        .npz files, in the layouts of Keras and MedMNIST
digits            scikit-learn's digits
phantom           generated chest X-rays with a known best accuracy
dataset           Dataset, and the sources of its pictures
decode            an image file of any mode -> float32 in the input shape
header_metadata   width, height, mode and format of every file, without decoding a pixel
image_cache       decoded images on disk, mapped by every worker
groups            groups of images that no fold divides
folds             draws folds and inner validation parts
split             labels, groups and folds of every image, with their hash
stratified_order  an order of examples in which every subset keeps the classes' shares
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
