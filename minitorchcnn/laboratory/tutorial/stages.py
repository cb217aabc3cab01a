"""The tutorial's nine on its way through the layers, stage by stage, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minitorchcnn import AvgPool, Conv2D, Flatten, MaxPool, ReLU, Sequential, datasets, filters

NAMES = ("box", "vertical", "diagonal")

Planes = NDArray[np.float64]


@dataclass(frozen=True)
class Stages:
    """What each layer makes of one image.

    Attributes
    ----------
    image : ndarray, shape (7, 5)
        1 is ink, -1 is paper.
    filters : ndarray, shape (3, 3, 3)
    maps, rectified : ndarray, shape (3, 5, 3)
        After the convolution, and after ReLU.
    max_pooled, average_pooled : ndarray, shape (3, 4, 2)
    features : ndarray, shape (24,)
        `max_pooled` in a row: 8 of box, 8 of vertical, 8 of diagonal.
    tutorial_features : ndarray, shape (24,)
        What the tutorial's own code stacks instead: box, diagonal, diagonal.
    """

    image: Planes
    filters: Planes
    maps: Planes
    rectified: Planes
    max_pooled: Planes
    average_pooled: Planes
    features: Planes
    tutorial_features: Planes


def compute_stages() -> Stages:
    """Send the tutorial's nine through convolution, ReLU, pooling and Flatten.

    In float64, so that ninths stay ninths.
    """
    nine = datasets.tutorial_nine().astype(np.float64)
    layers = [
        Conv2D(3, 3, bias=False, weight=filters.tutorial()),
        ReLU(),
        MaxPool(2, stride=1),
        Flatten(),
    ]
    model = Sequential(layers, input_shape=nine.shape[1:], dtype="float64")
    x, outputs = nine, []
    for layer in model.layers:
        x = layer.forward(x, training=False)
        outputs.append(x[0])
    maps, rectified, max_pooled, features = outputs
    average = Sequential([AvgPool(2, stride=1)], input_shape=rectified.shape, dtype="float64")
    box, _, diagonal = max_pooled
    return Stages(
        image=nine[0, 0],
        filters=filters.tutorial()[:, 0],
        maps=maps,
        rectified=rectified,
        max_pooled=max_pooled,
        average_pooled=average.predict(rectified[np.newaxis])[0],
        features=features,
        tutorial_features=np.stack([box, diagonal, diagonal]).ravel(),
    )


def ninths(value: float) -> str:
    """Write a number as ninths without the "/9": 1/9 is "1", 2.5/9 is "2.5".

    Examples
    --------
    >>> ninths(-5 / 9), ninths(0.0)
    ('-5', '0')
    """
    return f"{round(9 * value, 2) + 0.0:g}"
