"""Figures of what a network is given, what it has learned and how it got there.

Functions take and return matplotlib Axes, or return a Figure where a grid is the point. None
of them shows a window or touches pyplot: save with ``ax.figure.savefig("name.png")``.
matplotlib is loaded when the first figure is drawn.
"""

from minitorchcnn.plots.animations import animate_filter, animate_max_pool
from minitorchcnn.plots.charts import plot_confusion, plot_curves, plot_history
from minitorchcnn.plots.grids import plot_feature_maps, plot_filter_change, plot_filters
from minitorchcnn.plots.intervals import half_width
from minitorchcnn.plots.planes import plot_image, plot_map

__all__ = [
    "animate_filter",
    "animate_max_pool",
    "half_width",
    "plot_confusion",
    "plot_curves",
    "plot_feature_maps",
    "plot_filter_change",
    "plot_filters",
    "plot_history",
    "plot_image",
    "plot_map",
]
