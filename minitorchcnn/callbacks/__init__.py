"""What may happen beside the training loop: stop early, thaw a layer, write a log, save the run.

A callback overrides the hooks it needs; the Trainer calls them all, in the order given.
"""

from minitorchcnn.callbacks.base import Callback, Record, checked_callbacks
from minitorchcnn.callbacks.checkpoint import Checkpoint
from minitorchcnn.callbacks.early_stopping import EarlyStopping
from minitorchcnn.callbacks.filters import RecordFilters
from minitorchcnn.callbacks.log import CSVLog
from minitorchcnn.callbacks.thaw import ThawAt

__all__ = [
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "Record",
    "RecordFilters",
    "ThawAt",
    "checked_callbacks",
]
