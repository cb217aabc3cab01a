"""Names for the types that appear in nearly every signature."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

#: A NumPy array of any dtype; docstrings say shape and dtype.
Array = NDArray[Any]

#: Sizes of the axes, usually without the batch axis.
Shape = tuple[int, ...]
