"""Check your own layer: the known defects of hand-written layers, looked for in one's own class."""

from minitorchcnn.diagnostics.layers.case import LIKE
from minitorchcnn.diagnostics.layers.check import check_layer
from minitorchcnn.diagnostics.layers.report import LayerReport

#: Names of what a layer can be checked like.
KINDS = tuple(LIKE)

__all__ = ["KINDS", "LayerReport", "check_layer"]
