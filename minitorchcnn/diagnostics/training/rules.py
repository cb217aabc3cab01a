"""The rules behind the symptoms of training gone wrong: of the data, of what flows, of the outcome.

Each gives a message, or "" if there is nothing to say. The limits leave room for healthy training;
the runs in `tests/diagnostics/training` hold them.
"""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.diagnostics.training.context import (
    DiagnosisContext,
    above_guessing,
    guessing,
    largest_share,
    sample_loss,
)
from minitorchcnn.training.data_warnings import too_large

#: Usual size of one update relative to the weight, and the limits of what is still usual.
USUAL_UPDATE, SMALLEST_UPDATE, LARGEST_UPDATE = 1e-3, 1e-4, 1e-1

#: A single update this large is told at once: little is left of the weights it changes.
WRECKING_UPDATE = 1.0

#: Gradients larger than this many times their weights explode at any usual learning rate.
LARGEST_GRADIENT = 30.0

#: Shares of a layer that must be silent before it is worth a word.
DEAD_FILTERS, DEAD_UNITS = 0.25, 0.5

#: The gradient of the first layer relative to the largest of the model.
VANISHING_SHARE = 1e-3


def input_scale(context: DiagnosisContext) -> str:
    """Tell of images that nobody scaled."""
    told = too_large(context.now.x[0]) if context.now.x else ""
    return f"{told[0].upper()}{told[1:]}" if told else ""


def one_class(context: DiagnosisContext) -> str:
    """Tell of labels that are all the same."""
    labels = context.labels
    if not context.classifies or len(labels) < 2 or labels.min() != labels.max():
        return ""
    return f"All labels are {labels[0]:g}: there is nothing to tell apart. Try data of two classes."


def unshuffled(context: DiagnosisContext) -> str:
    """Tell of batches that hold one class each."""
    batches = [labels for labels in context.now.labels if len(labels) >= 8]
    if not context.classifies or len(batches) < 4:
        return ""
    pure = np.mean([batch.min() == batch.max() for batch in batches])
    if pure < 0.5 or largest_share(context.labels) > 0.9:
        return ""
    return (
        f"{pure:.0%} of the batches hold one class only, so the model forgets the others. Try "
        f"samples in random order: order = rng.permutation(len(x)); x, y = x[order], y[order]."
    )


def frozen(context: DiagnosisContext) -> str:
    """Tell of training that can change nothing."""
    model = context.trainer.model
    if context.now.learning_rate == 0:
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


def exploding(context: DiagnosisContext) -> str:
    """Tell of gradients that dwarf the weights from the beginning, before updates can be why."""
    first = {layer: slopes[0] for layer, slopes in context.epochs[0].gradients.items()}
    if not first or max(first.values()) < LARGEST_GRADIENT:
        return ""
    sizes = context.epochs[0].first_weights
    largest = max(sizes, key=lambda index: sizes[index])
    return (
        f"Gradients explode: at the first step one is {max(first.values()):.0f} times its weights, "
        f"and those of {context.name(largest)} are {sizes[largest]:.0f} times the usual. Try "
        f"initializer='he_normal' there."
    )


def large_updates(context: DiagnosisContext) -> str:
    """Tell of weights that are overwritten rather than trained."""
    updates = context.now.updates
    return _too_large_update(
        context, {layer: float(np.median(seen)) for layer, seen in updates.items()}, LARGEST_UPDATE
    )


def wrecking_update(context: DiagnosisContext) -> str:
    """Tell of a single update that leaves little of the weights."""
    sizes = {layer: max(seen) for layer, seen in context.now.updates.items()}
    return _too_large_update(context, sizes, WRECKING_UPDATE)


def _too_large_update(context: DiagnosisContext, sizes: dict[int, float], limit: float) -> str:
    if not sizes or max(sizes.values()) < limit:
        return ""
    layer = max(sizes, key=lambda index: sizes[index])
    size = sizes[layer]
    factor = 10.0 ** -max(1, round(math.log10(min(size, 1e30) / (10 * USUAL_UPDATE))))
    return (
        f"Updates are too large: one changes {context.name(layer)} by {size:.3g} times its weights "
        f"(about {USUAL_UPDATE:g} is usual). {context.slower(factor)}"
    )


def dead(context: DiagnosisContext) -> str:
    """Tell of filters that gave the same number everywhere, for all images of all epochs seen."""
    recent = context.epochs[-3:]
    for index, layer in enumerate(context.trainer.model.layers):
        rows = layer.weight_rows
        if not rows:
            continue
        silent = set.intersection(*(evidence.silent.get(index, set()) for evidence in recent))
        outputs = (layer.output_shape or (1,))[0]
        # a filter or two die in many good networks, and single units wait for rare images
        if len(silent) >= outputs * (DEAD_FILTERS if rows == "filters" else DEAD_UNITS):
            zero = not layer.parameters()[0].value.any()
            advice = (
                "random first weights: leave weight= and initializer= out"
                if zero
                else "LeakyReLU() after it, which keeps a slope"
            )
            return (
                f"{len(silent)} of {outputs} {rows} of {context.name(index)} are dead: after the "
                f"activation they give the same number for every image. Try {advice}."
            )
    return ""


def vanishing(context: DiagnosisContext) -> str:
    """Tell of first layers that hardly get a gradient."""
    slopes = {layer: float(np.median(seen)) for layer, seen in context.now.gradients.items()}
    if len(slopes) < 3:
        return ""
    layer, most = min(slopes), max(slopes.values())
    if slopes[layer] == 0 or slopes[layer] > VANISHING_SHARE * most:
        return ""
    flat = [repr(one) for one in context.trainer.model.layers if one.saturates]
    names = " or ".join(dict.fromkeys(("Sigmoid()", "Tanh()", *flat)))
    advice = f"ReLU() in place of {names}" if flat else "a BatchNorm() in between"
    top = max(slopes, key=lambda index: slopes[index])
    return (
        f"Gradients vanish on the way down: relative to its weights {context.name(layer)} gets "
        f"{slopes[layer] / most:.0e} of what layer {top} gets. Try {advice}."
    )


def small_updates(context: DiagnosisContext) -> str:
    """Tell of weights that hardly move although there is much to learn."""
    sizes = [
        float(np.median([float(np.median(seen)) for seen in evidence.updates.values()] or [1.0]))
        for evidence in context.epochs
    ]
    first, last = (context.epochs[i].record.get("loss", 0.0) for i in (0, -1))
    chance = guessing(context)
    learned = last < (0.97 * first if len(context.epochs) > 1 else 0.0)
    if max(sizes) > SMALLEST_UPDATE or learned or (chance is not None and last < 0.5 * chance):
        return ""
    size = max(sizes)
    factor = 10.0 ** max(1, round(math.log10(USUAL_UPDATE / max(size, 1e-12))))
    return (
        f"The weights hardly move: one update changes them by {size:.0e} of their size (about "
        f"{USUAL_UPDATE:g} is usual), and the loss stays at {last:.3g}. {context.slower(factor)}"
    )


def unrelated_labels(context: DiagnosisContext) -> str:
    """Tell of accuracy that is learned by heart: at the level of chance on other samples."""
    record = context.now.record
    if "val_accuracy" not in record:
        return ""
    if above_guessing(context, "accuracy") < 0.25 or above_guessing(context, "val_accuracy") > 0.15:
        return ""
    return (
        f"The labels seem not to belong to their images: {record['accuracy']:.0%} are right in "
        f"training, but in validation {record['val_accuracy']:.0%}, as by guessing. Try to look at "
        f"some images beside their labels: was one of x and y shuffled alone?"
    )


def drift(context: DiagnosisContext) -> str:
    """Tell of training that improves at the cost of validation."""
    record = context.now.record
    if "val_loss" not in record:
        return ""
    losses = [evidence.record["val_loss"] for evidence in context.epochs]
    best = int(np.argmin(losses))
    before = context.epochs[best].record["loss"]
    rise, start = losses[-1] - losses[best], guessing(context) or context.epochs[0].record["loss"]
    rising = rise > 0.5 * losses[best] and rise > 0.1 * start and record["loss"] < 0.7 * before
    apart = record.get("accuracy", 0) - record.get("val_accuracy", 0) > 0.25
    apart = apart and above_guessing(context, "val_accuracy") > 0.15
    if not apart and not (rising and len(losses) - best > 3):
        return ""
    if apart:
        seen = f"accuracy {record['accuracy']:.0%} in training, {record['val_accuracy']:.0%} in "
    else:
        seen = f"loss {record['loss']:.2g} in training, {losses[-1]:.2g} in "
    stop = f"stopping at epoch {context.epochs[best].epoch}: callbacks=[EarlyStopping()]"
    return (
        f"Training and validation drift apart: {seen}validation. Try "
        f"{stop if rising and best else 'more training images'}."
    )


def one_answer(context: DiagnosisContext) -> str:
    """Tell of a model that says the same to every image."""
    outputs, labels = context.now.answers, context.labels
    if not context.classifies or len(outputs) < 8 or len(labels) < 8:
        return ""
    answers = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0
    if len(np.unique(answers)) > 1 or len(np.unique(labels)) == 1:
        return ""
    share = largest_share(labels)
    rare = "as many samples of each class as of the others"
    return (
        f"The model answers class {int(answers[0])} for every image. "
        f"{f'Try {rare}.' if share > 0.8 else context.slower(0.1)}"
    )


def stuck(context: DiagnosisContext) -> str:
    """Tell of a loss that stays where guessing is."""
    chance, loss = guessing(context), context.now.record["loss"]
    if not context.classifies or not chance or loss < 0.95 * chance:
        return ""
    falling = loss < 0.95 * max(evidence.record["loss"] for evidence in context.epochs[-3:])
    if falling or sample_loss(context) < 0.85 * chance:  # of few samples, so a rough number
        return ""
    classes = len(np.unique(context.labels))
    return (
        f"The loss stays at {loss:.2f}, and guessing among {classes} classes costs {chance:.2f} "
        f"(ln {classes} = {math.log(classes):.2f}). Try to look at some images beside their "
        f"labels: do they belong together?"
    )
