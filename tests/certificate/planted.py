"""All planted faults: an edit of our own source, a model that shows it, and what must be said."""

from tests.certificate.planted_convolutions import CONVOLUTION, TOGETHER
from tests.certificate.planted_elements import ELEMENTS, LOSSES, NORMALIZATION
from tests.certificate.planted_pooling import DENSE, POOLING

GROUPS = {
    "convolution": CONVOLUTION,
    "computed together": TOGETHER,
    "pooling": POOLING,
    "dense": DENSE,
    "elements": ELEMENTS,
    "normalization": NORMALIZATION,
    "loss": LOSSES,
}
FAULTS = {f"{group}, {name}": f for group, faults in GROUPS.items() for name, f in faults.items()}
