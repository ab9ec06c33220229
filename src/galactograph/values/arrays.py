"""Read-only arrays, checked for shape and dtype."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from galactograph.errors import InvalidValue

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]

_SMALL = 1 << 20
"""Elements up to which an array is copied; above it is sealed as a view."""


def seal(owner: object, name: str, dtype: str, shape: tuple[int | None, ...]) -> int:
    """Replace an array of a frozen value by a checked, read-only one.

    Small arrays are copied. Large ones (images) are sealed as read-only views:
    a 13-megapixel image is never copied to be checked, so whoever made it must
    not write to it afterwards.

    Parameters
    ----------
    owner, name
        The value and its field.
    dtype
        The dtype to keep, such as "f8".
    shape
        Expected lengths; None stands for any length.

    Returns
    -------
    int
        The length of the first axis.

    Raises
    ------
    InvalidValue
        If the shape differs, or a number is not finite.
    """
    given = np.asarray(getattr(owner, name), dtype=dtype, order="C")
    array = given.view() if given.size > _SMALL else np.array(given)
    if len(shape) != array.ndim or any(
        want not in (None, have) for want, have in zip(shape, array.shape, strict=True)
    ):
        raise InvalidValue(f"{name} must have shape {shape}, got {array.shape}")
    # One pass without a boolean image: a sum is finite only if every term is.
    with np.errstate(invalid="ignore"):
        total = array.sum(dtype=np.float64) if array.dtype.kind == "f" else 0.0
    if not np.isfinite(total):
        raise InvalidValue(f"{name} must be finite")
    array.flags.writeable = False
    object.__setattr__(owner, name, array)
    return len(array)
