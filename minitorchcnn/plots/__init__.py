"""Figures of what a network is given, what it has learned and how it got there.

Every ``plot_`` function takes and returns matplotlib Axes; those with many pictures draw them as
panels inside it. None shows a window or touches pyplot: save with
``plot_filters(weight).figure.savefig("name.png")``.
matplotlib is loaded when the first figure is drawn.

Arguments of all of them:

ax : matplotlib Axes or None
    Where to draw; None makes a new figure.
title : str
photograph : bool
    1 is light, as in photographs, and not ink.
"""

from minitorchcnn.plots.animations import animate_filter, animate_filters, animate_max_pool
from minitorchcnn.plots.attribution import plot_grad_cam, plot_overlay, plot_saliency
from minitorchcnn.plots.charts import plot_confusion, plot_curves, plot_histories, plot_history
from minitorchcnn.plots.forward_pass import plot_layers, plot_window_arithmetic
from minitorchcnn.plots.grids import plot_feature_maps, plot_filter_change, plot_filters
from minitorchcnn.plots.images import plot_image, plot_map, plot_prepared_digit
from minitorchcnn.plots.misclassified import plot_mistakes
from minitorchcnn.report.statistics import half_width

__all__ = [
    "animate_filter",
    "animate_filters",
    "animate_max_pool",
    "half_width",
    "plot_confusion",
    "plot_curves",
    "plot_feature_maps",
    "plot_filter_change",
    "plot_filters",
    "plot_grad_cam",
    "plot_histories",
    "plot_history",
    "plot_image",
    "plot_layers",
    "plot_map",
    "plot_mistakes",
    "plot_overlay",
    "plot_prepared_digit",
    "plot_saliency",
    "plot_window_arithmetic",
]
