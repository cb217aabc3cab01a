"""What may happen beside the training loop: stop early, thaw a layer, write a log, save the run.

A callback overrides the hooks it needs; the Trainer calls them all, in the order given.
"""

from minitorchcnn.training.callbacks.base import Callback, Record, check_callbacks
from minitorchcnn.training.callbacks.checkpoint import Checkpoint
from minitorchcnn.training.callbacks.csv_log import CSVLog
from minitorchcnn.training.callbacks.early_stopping import EarlyStopping
from minitorchcnn.training.callbacks.record_filters import RecordFilters
from minitorchcnn.training.callbacks.thaw import ThawAt

__all__ = [
    "CSVLog",
    "Callback",
    "Checkpoint",
    "EarlyStopping",
    "Record",
    "RecordFilters",
    "ThawAt",
    "check_callbacks",
]
