"""Symptoms of the data, and of a model that cannot learn from any."""

from __future__ import annotations

import numpy as np

from minitorchcnn.diagnostics.training.context import Case, largest_share
from minitorchcnn.training.data_checks import too_large


def input_scale(case: Case) -> str:
    """Tell of images that nobody scaled."""
    told = too_large(case.now.x[0]) if case.now.x else ""
    return f"{told[0].upper()}{told[1:]}" if told else ""


def one_class(case: Case) -> str:
    """Tell of labels that are all the same."""
    labels = case.labels
    if not case.classifies or len(labels) < 2 or labels.min() != labels.max():
        return ""
    return f"All labels are {labels[0]:g}: there is nothing to tell apart. Try data of two classes."


def unshuffled(case: Case) -> str:
    """Tell of batches that hold one class each."""
    batches = [labels for labels in case.now.labels if len(labels) >= 8]
    if not case.classifies or len(batches) < 4:
        return ""
    pure = np.mean([batch.min() == batch.max() for batch in batches])
    if pure < 0.5 or largest_share(case.labels) > 0.9:
        return ""
    return (
        f"{pure:.0%} of the batches hold one class only, so the model forgets the others. Try "
        f"samples in random order: order = rng.permutation(len(x)); x, y = x[order], y[order]."
    )


def frozen(case: Case) -> str:
    """Tell of training that can change nothing."""
    model = case.trainer.model
    if case.now.learning_rate == 0:
        return "Nothing is trained: the learning rate is 0. Try SGD(0.01)."
    if any(not parameter.frozen for parameter in model.parameters()):
        return ""
    able = [index for index, layer in enumerate(model.layers) if layer.parameters()]
    if not able:
        return "Nothing is trained: no layer has parameters. Try a Dense layer at the end."
    return (
        f"Nothing is trained: all parameters are frozen. Try model.layers[{able[-1]}].trainable "
        f"= True."
    )
