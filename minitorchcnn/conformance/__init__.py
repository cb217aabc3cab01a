"""Check your own layer: the known defects of hand-written layers, looked for in one's own class."""

from minitorchcnn.conformance.check import check_layer
from minitorchcnn.conformance.report import LayerReport
from minitorchcnn.conformance.trial import LIKE

#: Names of what a layer can be checked like.
KINDS = tuple(LIKE)

__all__ = ["KINDS", "LayerReport", "check_layer"]
