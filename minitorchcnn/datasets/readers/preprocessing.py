"""What was done to the training images, so that the same is done to a picture of tomorrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.datasets.readers.digit import prepare_digit
from minitorchcnn.datasets.readers.image_files import fit_picture, to_bytes
from minitorchcnn.datasets.readers.stored import PixelScale
from minitorchcnn.errors import ArgumentError, FormatError
from minitorchcnn.types import Array
from minitorchcnn.validation import flag


@dataclass(frozen=True)
class Preprocessing:
    """The way from a picture's pixels to what a network takes.

    Parameters
    ----------
    height, width, channels : int
        Of the network's images.
    light_ink : bool
        White becomes 1; otherwise black does.
    digit : bool
        Pictures are digits on paper: each is brought into the MNIST form by `prepare_digit`,
        which finds out by itself whether its ink is light.

    Examples
    --------
    >>> import numpy as np
    >>> from minitorchcnn.datasets import Preprocessing
    >>> how = Preprocessing(height=8, width=8, channels=1, light_ink=False)
    >>> x = how.apply(np.full((20, 30), 255, dtype=np.uint8))
    >>> x.shape, float(x.min())
    ((1, 8, 8), -1.0)
    """

    height: int
    width: int
    channels: int
    light_ink: bool
    digit: bool = False

    def __post_init__(self) -> None:
        """Check the values.

        Raises
        ------
        ArgumentError
            If one of them cannot work.
        """
        for name in ("height", "width", "channels"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ArgumentError(
                    f"Preprocessing: {name} must be an integer >= 1, got {value!r}."
                )
        for name in ("light_ink", "digit"):
            flag(getattr(self, name), f"Preprocessing: {name}")
        if self.digit and (self.height != self.width or self.channels != 1):
            raise ArgumentError(
                f"Preprocessing: digit=True needs square grey images, got {self.channels} channels "
                f"of {self.height} x {self.width}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Preprocessing:
        """Return what `to_dict` described.

        Raises
        ------
        FormatError
            If it is anything else.
        """
        names = [field.name for field in fields(cls)]
        if not isinstance(values, Mapping) or set(values) != set(names):
            raise FormatError(
                f"a preprocessing must have {', '.join(names)}, got {values!r:.100}: was it "
                f"written by another version?"
            )
        try:
            return cls(**values)
        except ArgumentError as error:
            raise FormatError(f"a preprocessing cannot be used: {error}") from error

    def apply(self, pixels: Array) -> NDArray[np.float32]:
        """Turn the pixels of one picture into an image for the network.

        Parameters
        ----------
        pixels : ndarray, shape (H, W) or (H, W, 3)
            As `datasets.read_image` gives them: uint8, 255 for white. Also bool, uint16, or
            floating point in [0, 1].

        Returns
        -------
        ndarray, shape (channels, height, width), float32
            In [-1, 1], 1 for ink.

        Raises
        ------
        DataError
            If these are no pixels, or no ink is found where a digit is looked for.
        ArgumentError
            If the network takes neither grey images nor colours.
        """
        if self.digit:
            return prepare_digit(pixels, size=self.height)[np.newaxis]
        if self.channels not in (1, 3):
            raise ArgumentError(
                f"a picture is grey or has three colours, this network takes {self.channels} "
                f"channels: give it arrays."
            )
        image = fit_picture(to_bytes(pixels), self.channels, (self.height, self.width))
        return PixelScale(0, 255, self.light_ink).to_ink(image)
