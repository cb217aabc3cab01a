"""Images to learn from: drawn by rule, drawn by hand in 5 x 7 pixels, really handwritten, or yours.

All deliver images (N, channels, height, width) of float32 in [-1, 1], 1 for ink, and labels of
int64.
"""

from minitorchcnn.datasets.handwriting import handwriting
from minitorchcnn.datasets.readers.arrays import read_arrays
from minitorchcnn.datasets.readers.csv import read_csv
from minitorchcnn.datasets.readers.digit import prepare_digit
from minitorchcnn.datasets.readers.folder import read_folder
from minitorchcnn.datasets.readers.idx import read_idx
from minitorchcnn.datasets.readers.image_files import read_image
from minitorchcnn.datasets.readers.images import Images
from minitorchcnn.datasets.readers.load import load
from minitorchcnn.datasets.readers.preprocessing import Preprocessing
from minitorchcnn.datasets.split import stratified_split
from minitorchcnn.datasets.synthetic.digits import synthetic_digits
from minitorchcnn.datasets.tutorial import tutorial_digits, tutorial_nine

__all__ = [
    "Images",
    "Preprocessing",
    "handwriting",
    "load",
    "prepare_digit",
    "read_arrays",
    "read_csv",
    "read_folder",
    "read_idx",
    "read_image",
    "stratified_split",
    "synthetic_digits",
    "tutorial_digits",
    "tutorial_nine",
]
