"""Sealed arrays: checked once, never written to again."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import GalactographError, InvalidValue
from galactograph.values.arrays import Floats, seal


@dataclass(frozen=True, eq=False)
class Holder:
    """A value with one array."""

    numbers: Floats


@given(st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_a_small_array_is_copied_and_read_only(numbers: list[float]) -> None:
    given_ = np.array(numbers)
    held = Holder(given_)
    assert seal(held, "numbers", "f8", (None,)) == len(numbers)
    given_ += 1
    np.testing.assert_array_equal(held.numbers, numbers)
    assert not held.numbers.flags.writeable


def test_a_large_array_is_a_read_only_view_of_what_was_given() -> None:
    image = np.zeros((1100, 1000), np.float32)
    held = Holder(image)
    seal(held, "numbers", "f4", (1100, None))
    assert np.shares_memory(held.numbers, image)
    with pytest.raises(ValueError, match="read-only"):
        held.numbers[0, 0] = 1
    # Whoever made the image is not locked out of it.
    assert image.flags.writeable


def test_the_type_asked_for_is_kept() -> None:
    held = Holder(np.arange(3.0))
    seal(held, "numbers", "f4", (3,))
    assert held.numbers.dtype == np.float32


@given(st.sampled_from([np.nan, np.inf, -np.inf]), st.integers(0, 99))
def test_one_number_that_is_not_finite_is_refused(bad: float, at: int) -> None:
    numbers = np.zeros(100)
    numbers[at] = bad
    with pytest.raises(InvalidValue, match="numbers must be finite"):
        seal(Holder(numbers), "numbers", "f8", (None,))


def test_opposite_infinities_are_refused_too() -> None:
    with pytest.raises(InvalidValue, match="finite"):
        seal(Holder(np.array([np.inf, -np.inf])), "numbers", "f8", (2,))


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((3,), (4,)), ((3, 2), (None,)), ((3, 2), (None, 3)), ((), (None,))],
)
def test_another_shape_is_refused(
    shape: tuple[int, ...], wanted: tuple[int | None, ...]
) -> None:
    with pytest.raises(InvalidValue, match="numbers must have shape") as error:
        seal(Holder(np.zeros(shape)), "numbers", "f8", wanted)
    assert str(shape) in str(error.value)


def test_an_invalid_value_is_one_of_ours_and_a_value_error() -> None:
    assert issubclass(InvalidValue, GalactographError)
    assert issubclass(InvalidValue, ValueError)
