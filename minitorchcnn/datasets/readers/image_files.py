"""Picture files to pixels, and pixels to the size that a network takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from minitorchcnn.datasets.readers.options import MAX_PIXELS
from minitorchcnn.datasets.readers.safe_io import explain_reading
from minitorchcnn.errors import Argument, DataError, FormatError
from minitorchcnn.types import Array
from minitorchcnn.validation import file_path, integer

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = NDArray[np.uint8]

#: Pillow knows fifty formats; the fewer readers strangers' bytes meet, the better.
FORMATS = ("PNG", "JPEG", "BMP")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")

#: By what other pictures are known, and these where only their beginning is whole.
_BEGINNINGS = {
    b"\x89PNG": "a PNG",
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"WEBP": "a WebP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"ftyp": "a HEIC, AVIF or film",
}

_ORIENTATION = 0x0112  # the EXIF tag by which cameras say how they were held


class PictureHeader(NamedTuple):
    """What a picture file says of itself before its pixels are decoded."""

    height: int
    width: int
    grey: bool


def read_image(path: str | Path, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Read a PNG, JPEG or BMP file, upright as the camera was held.

    Parameters
    ----------
    max_pixels : int
        Larger pictures are refused before they are decoded. Pillow itself refuses those beyond
        179 million.

    Returns
    -------
    ndarray, shape (H, W) or (H, W, 3), uint8
        Grey or red, green and blue, 255 for white. Transparent parts are white; 16 bits become 8.

    Raises
    ------
    FormatError
        If the file cannot be read, is no such picture, is damaged or too large.
    """
    with _open_picture(file_path(path, "read_image: path"), max_pixels) as image:
        return _decode(_turn_upright(image))


def read_header(path: Path, max_pixels: int = MAX_PIXELS) -> PictureHeader:
    """Return size and kind of a picture, as `read_image` will give it, without decoding it."""
    with _open_picture(path, max_pixels) as image:
        width, height = image.size
        if image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8):
            width, height = height, width
        return PictureHeader(
            height, width, image.mode in ("1", "L", "LA", "La") or image.mode[0] == "I"
        )


@contextmanager
def _open_picture(path: Path, max_pixels: int) -> Iterator[Image]:
    most = integer(max_pixels, "max_pixels", minimum=1)
    if path.is_dir():
        raise FormatError(f"cannot read {path}: it is a folder, expected a picture file.")
    with (
        explain_reading(path, "a picture (PNG, JPEG or BMP)"),
        path.open("rb") as file,
        _identify(file, path) as image,
    ):
        width, height = image.size
        if width * height > most:
            raise FormatError(
                f"{path} is {height} x {width} pixels (height x width), "
                f"{width * height / 1e6:.1f} million, the limit is {most / 1e6:g} million: shrink "
                f"it, or give ",
                Argument("max_pixels", width * height),
                " if you trust the file.",
            )
        yield image


def _identify(file: BinaryIO, path: Path) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:  # Pillow's words name an object of Python's
        file.seek(0)
        begin = file.read(12)
        kind = next((kind for mark, kind in _BEGINNINGS.items() if mark in begin), None)
        found = f"it begins as {kind} does" if kind else f"it begins with {begin!r}"
        raise FormatError(
            f"{path} is not a picture (PNG, JPEG or BMP), or is damaged: "
            f"{found if begin else 'it is empty'}. Copy or convert it again."
        ) from error


def _turn_upright(image: Image) -> Image:
    from PIL import ImageOps

    if image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    return ImageOps.exif_transpose(image)


def _decode(image: Image) -> Pixels:
    if image.mode[0] == "I":  # "I;16" and, in older releases of Pillow, "I"
        return to_bytes(np.asarray(image).astype(np.uint16))
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        return _put_on_white(image)
    grey = image.mode in ("1", "L")
    return np.array(image.convert("L" if grey else "RGB"))


def _put_on_white(image: Image) -> Pixels:
    grey = image.mode in ("L", "LA", "La")
    pixels = np.asarray(image.convert("LA" if grey else "RGBA")).astype(np.float32)
    share = pixels[..., -1:] / 255
    blended = np.rint(pixels[..., :-1] * share + 255 * (1 - share)).astype(np.uint8)
    return np.asarray(blended[..., 0] if grey else blended)


def to_bytes(pixels: Any) -> Pixels:
    """Return one picture as uint8, 255 for white.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 3)
        bool, uint8, uint16 (65535 is white), or floating point in [0, 1].

    Raises
    ------
    DataError
        If it is anything else, empty, or not finite.
    """
    array = np.asarray(pixels)
    flat = array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)
    if not flat or array.size == 0:
        raise DataError(
            f"a picture must have shape (height, width) or (height, width, 3), got {array.shape}."
        )
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return np.asarray(array * np.uint8(255), np.uint8)
    if array.dtype == np.uint16:
        return np.asarray((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    # written so that NaN fails
    if array.dtype.kind == "f" and array.min() >= 0 and array.max() <= 1:
        return np.asarray(np.rint(array * 255), np.uint8)
    raise DataError(
        f"a picture must be uint8, uint16, bool, or floating point in [0, 1] with 1 for white, got "
        f"{array.dtype} in {array.min()} .. {array.max()}."
    )


def fit_picture(pixels: Pixels, channels: int, size: tuple[int, int]) -> Pixels:
    """Return one picture in a network's size, with anti-aliasing; the aspect may change.

    Parameters
    ----------
    pixels : ndarray, shape (H, W) or (H, W, 3), uint8
    channels : 1 or 3
        Colours become grey by their luminance, grey becomes three equal channels.

    Returns
    -------
    ndarray, shape (channels, height, width), uint8
    """
    from skimage.color import rgb2gray
    from skimage.transform import resize

    image: Array = shrink(pixels, size) / 255
    if image.ndim == 3 and channels == 1:
        image = rgb2gray(image)
    if image.shape[:2] != size:
        image = resize(image, size, order=1, anti_aliasing=True)
    if image.ndim == 2:
        image = image[..., np.newaxis].repeat(channels, axis=2)
    return np.asarray(np.rint(image.transpose(2, 0, 1) * 255), np.uint8)


def shrink(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return means over blocks, still at least twice `size`: cheap, where a photograph is large."""
    from PIL import Image

    down, right = (max(1, now // (2 * then)) for now, then in zip(pixels.shape, size, strict=False))
    if (down, right) == (1, 1):
        return pixels
    return np.asarray(Image.fromarray(pixels).reduce((right, down)))
