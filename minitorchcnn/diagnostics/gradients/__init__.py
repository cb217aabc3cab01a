"""Numeric gradients, so that nobody has to believe a backward pass.

The gradient of a scalar is measured by moving numbers a little to both sides. A wrong backward
often still trains; it does not pass this. Everything happens in float64 on a copy.
"""

from minitorchcnn.diagnostics.gradients.check import check_gradients
from minitorchcnn.diagnostics.gradients.faults import Fault
from minitorchcnn.diagnostics.gradients.report import GradientReport, GradientRow

__all__ = ["Fault", "GradientReport", "GradientRow", "check_gradients"]
