"""Pages with one digit, photographed badly in a known way."""

import numpy as np
from skimage.transform import resize

from minitorchcnn import datasets

# digits in the MNIST form: what a photograph of them must become again
DIGITS = datasets.synthetic_digits(10, size=28, seed=11)[0][:, 0]


def page(digit, *, height=320, width=260, side=140, at=(90, 60), paper=0.9, ink=0.15):
    """Return lightness of a page on which a digit (28, 28) in [-1, 1] is written."""
    share = np.zeros((height, width))
    large = resize((digit + 1) / 2, (side, side), order=1)
    share[at[0] : at[0] + side, at[1] : at[1] + side] = large
    return paper + (ink - paper) * share


def noisy(light, amount, seed=0):
    return light + np.random.default_rng(seed).normal(0, amount, light.shape)


def lamp_from_the_left(light):
    return light * np.linspace(1, 0.45, light.shape[1])


def hard_shadow(light):
    shaded = light.copy()
    shaded[:, 140:] *= 0.55
    return shaded


def beside_the_desk(light):
    there = light.copy()
    there[:, :20] = 0.1
    there[-35:] = 0.15
    return there


PHOTOGRAPHS = {
    "scan": lambda light: light,
    "lamp": lambda light: noisy(lamp_from_the_left(light), 0.02),
    "shadow": lambda light: noisy(hard_shadow(light), 0.01),
    "desk": lambda light: noisy(beside_the_desk(light), 0.02),
    "noise": lambda light: noisy(light, 0.08),
    "blackboard": lambda light: noisy(1 - lamp_from_the_left(light), 0.02),
    "faint": lambda light: noisy(0.7 + (light - 0.9) * 0.35, 0.015),
}


def photograph(kind, digit, **options):
    """Return uint8 pixels."""
    light = np.clip(PHOTOGRAPHS[kind](page(digit, **options)), 0, 1)
    return np.rint(light * 255).astype(np.uint8)
