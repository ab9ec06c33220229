"""Values smoothed along forests."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.kernels import forests
from galactograph.values.arrays import Floats, Ints

few = settings(deadline=None, max_examples=40)


@st.composite
def forest(draw: st.DrawFn) -> tuple[Floats, Floats, Floats, Ints]:
    """Draw values, weights, bonds and parents of up to 12 points."""
    count = draw(st.integers(1, 12))
    parents = [draw(st.integers(-1, n - 1)) for n in range(count)]
    numbers = st.floats(0.1, 10)
    lists = [draw(st.lists(numbers, min_size=count, max_size=count)) for _ in range(3)]
    values, weights, bonds = (np.array(one) for one in lists)
    return values, weights, bonds, np.array(parents, np.int64)


def normal_equations(weights: Floats, bonds: Floats, parents: Ints) -> Floats:
    """Return the matrix whose solution the two passes must find."""
    matrix = np.diag(weights).astype(float)
    for n, parent in enumerate(parents):
        if parent >= 0:
            matrix[n, n] += bonds[n]
            matrix[parent, parent] += bonds[n]
            matrix[n, parent] -= bonds[n]
            matrix[parent, n] -= bonds[n]
    return matrix


@few
@given(forest())
def test_two_passes_solve_the_least_squares_problem(
    given_: tuple[Floats, Floats, Floats, Ints],
) -> None:
    values, weights, bonds, parents = given_
    found = forests.settle(values, weights, bonds, parents)
    matrix = normal_equations(weights, bonds, parents)
    np.testing.assert_allclose(
        found[:, 0], np.linalg.solve(matrix, weights * values), rtol=1e-8
    )
    np.testing.assert_allclose(found[:, 1], np.diag(np.linalg.inv(matrix)), rtol=1e-8)


@few
@given(forest(), st.floats(-5, 5))
def test_what_is_even_stays_even(
    given_: tuple[Floats, Floats, Floats, Ints], level: float
) -> None:
    values, weights, bonds, parents = given_
    found = forests.settle(np.full_like(values, level), weights, bonds, parents)
    np.testing.assert_allclose(found[:, 0], level, atol=1e-9)


def test_a_place_that_tells_nothing_takes_what_its_neighbours_tell() -> None:
    values = np.array([1.0, 99.0, 3.0])
    weights = np.array([1.0, 0.0, 1.0])
    found = forests.settle(values, weights, np.ones(3), np.array([-1, 0, 1]))
    # 2 a = 1 + b, 2 b = a + c, 2 c = 3 + b.
    np.testing.assert_allclose(found[:, 0], [1.5, 2.0, 2.5])
