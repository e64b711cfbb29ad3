"""Predicts the classes of image files with an exported model. Needs NumPy, Pillow and onnxruntime only.

The modules also run outside this package, in the ``predict.pyz`` of an exported folder (``portable.py``), so they
import nothing else but the error classes, and the decoding and fingerprints of pictures.

model_folder   what an exported folder holds, read and written
conformal      conformal sets: scores, threshold, classes
unlike         differences between a picture and the training images
training_prints  near duplicates of training images
predictor      one file -> class, calibrated probability, conformal set, flags
many_files     many files in bounded memory
output         predictions as lines of text and as CSV
portable       packs these modules into ``predict.pyz``
command_line   the program in ``predict.pyz``
"""
