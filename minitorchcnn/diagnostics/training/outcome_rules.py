"""Symptoms of the outcome: what training arrives at, or does not.

The limits leave room for healthy training; tests/doctor has the runs that hold them.
"""

from __future__ import annotations

import math

import numpy as np

from minitorchcnn.diagnostics.training.context import (
    Case,
    above_guessing,
    guessing,
    largest_share,
    sample_loss,
)


def unrelated_labels(case: Case) -> str:
    """Tell of accuracy that is learned by heart: at the level of chance on other samples."""
    record = case.now.record
    if "val_accuracy" not in record:
        return ""
    if above_guessing(case, "accuracy") < 0.25 or above_guessing(case, "val_accuracy") > 0.15:
        return ""
    return (
        f"The labels seem not to belong to their images: {record['accuracy']:.0%} are right in "
        f"training, but in validation {record['val_accuracy']:.0%}, as by guessing. Try to look at "
        f"some images beside their labels: was one of x and y shuffled alone?"
    )


def drift(case: Case) -> str:
    """Tell of training that improves at the cost of validation."""
    record = case.now.record
    if "val_loss" not in record:
        return ""
    losses = [evidence.record["val_loss"] for evidence in case.epochs]
    best = int(np.argmin(losses))
    before = case.epochs[best].record["loss"]
    rise, start = losses[-1] - losses[best], guessing(case) or case.epochs[0].record["loss"]
    rising = rise > 0.5 * losses[best] and rise > 0.1 * start and record["loss"] < 0.7 * before
    apart = record.get("accuracy", 0) - record.get("val_accuracy", 0) > 0.25
    apart = apart and above_guessing(case, "val_accuracy") > 0.15
    if not apart and not (rising and len(losses) - best > 3):
        return ""
    if apart:
        seen = f"accuracy {record['accuracy']:.0%} in training, {record['val_accuracy']:.0%} in "
    else:
        seen = f"loss {record['loss']:.2g} in training, {losses[-1]:.2g} in "
    stop = f"stopping at epoch {case.epochs[best].epoch}: callbacks=[EarlyStopping()]"
    return (
        f"Training and validation drift apart: {seen}validation. Try "
        f"{stop if rising and best else 'more training images'}."
    )


def one_answer(case: Case) -> str:
    """Tell of a model that says the same to every image."""
    outputs, labels = case.now.answers, case.labels
    if not case.classifies or len(outputs) < 8 or len(labels) < 8:
        return ""
    answers = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0
    if len(np.unique(answers)) > 1 or len(np.unique(labels)) == 1:
        return ""
    share = largest_share(labels)
    rare = "as many samples of each class as of the others"
    return (
        f"The model answers class {int(answers[0])} for every image. "
        f"{f'Try {rare}.' if share > 0.8 else case.slower(0.1)}"
    )


def stuck(case: Case) -> str:
    """Tell of a loss that stays where guessing is."""
    chance, loss = guessing(case), case.now.record["loss"]
    if not case.classifies or not chance or loss < 0.95 * chance:
        return ""
    falling = loss < 0.95 * max(evidence.record["loss"] for evidence in case.epochs[-3:])
    if falling or sample_loss(case) < 0.85 * chance:  # of few samples, so a rough number
        return ""
    classes = len(np.unique(case.labels))
    return (
        f"The loss stays at {loss:.2f}, and guessing among {classes} classes costs {chance:.2f} "
        f"(ln {classes} = {math.log(classes):.2f}). Try to look at some images beside their "
        f"labels: do they belong together?"
    )
