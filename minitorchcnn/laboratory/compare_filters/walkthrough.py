"""One image of the comparison followed through a trained network, down to a single sum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from minitorchcnn import Sequential, plots
from minitorchcnn.laboratory.compare_filters.runs import RunResult
from minitorchcnn.laboratory.compare_filters.variants import build_network
from minitorchcnn.laboratory.image_sets import CLASS_NAMES, DIGITS, ImageSet, load_image_set
from minitorchcnn.plots.canvas import root_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class ReportFigure(NamedTuple):
    """A figure, its name in files, and the sentence under it."""

    name: str
    figure: Figure
    caption: str


def draw_walkthrough(run: RunResult) -> Iterator[ReportFigure]:
    """Yield what every layer makes of an image, and the sum behind one number of it."""
    image, name = choose_example(run)
    yield ReportFigure(
        "layers",
        root_figure(
            plots.plot_layers(
                load_model(run),
                image,
                title=f"{name}, layer by layer\n{run.plan.variant.name}",
                photograph=is_photograph(run),
            )
        ),
        "What every layer makes of one test image (first seed). The last row holds the logits, "
        f"one for each class: {', '.join(CLASS_NAMES[run.plan.data])}.",
    )
    yield ReportFigure(
        "window",
        _draw_strongest_window(run, image, name),
        "Where a learned filter answers most strongly to this image: the window, the filter, "
        "their products, and the sum that becomes one number of the feature map.",
    )


def _draw_strongest_window(run: RunResult, image: np.ndarray, name: str) -> Figure:
    answers = load_model(run).layers[0].forward(image[np.newaxis], training=False)[0]
    number, row, column = map(int, np.unravel_index(answers.argmax(), answers.shape))
    return root_figure(
        plots.plot_window_arithmetic(
            image[0],
            run.state["0.weight"][number, 0],
            row,
            column,
            float(run.state["0.bias"][number]),
            title=f"{name}, one number of filter {number}\n{run.plan.variant.name}",
            photograph=is_photograph(run),
        )
    )


def is_photograph(run: RunResult) -> bool:
    """Say whether 1 is light in a run's images, and not ink."""
    return run.plan.data not in DIGITS


def choose_example(run: RunResult) -> tuple[np.ndarray, str]:
    """Return the first eight or so of the test part, shape (1, height, width), and its class."""
    images = load_images(run)
    shown = min(8, images.classes - 1)
    first = np.flatnonzero(images.y_test == shown)[0]
    return images.x_test[first], CLASS_NAMES[run.plan.data][shown]


def load_model(run: RunResult) -> Sequential:
    """Return the trained network of a run."""
    images = load_images(run)
    model = build_network(run.plan.variant, images.x_train.shape[1:], run.plan.seed, images.classes)
    model.load_state_dict(run.state)
    return model


def load_images(run: RunResult) -> ImageSet:
    """Return the images that a run was trained and tested on."""
    return load_image_set(run.plan.data, run.plan.seed, run.plan.train, run.plan.test)
