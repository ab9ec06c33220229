"""Named streams: same name, same numbers; another name shifts nobody."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from galactograph.seeds import stream

seeds = st.integers(0, 2**63)
names = st.lists(
    st.one_of(st.text(max_size=12), st.integers(0, 2**32 - 1)), max_size=4
).map(tuple)


@given(seeds, names)
def test_the_same_name_gives_the_same_numbers(
    seed: int, path: tuple[str | int, ...]
) -> None:
    one, other = stream(seed, *path), stream(seed, *path)
    np.testing.assert_array_equal(one.random(4), other.random(4))


@given(seeds, names, names)
def test_what_others_draw_changes_nothing(
    seed: int, mine: tuple[str | int, ...], theirs: tuple[str | int, ...]
) -> None:
    alone = stream(seed, *mine).random(3)
    stream(seed, *theirs).random(1000)
    np.testing.assert_array_equal(stream(seed, *mine).random(3), alone)


@given(seeds, st.text(max_size=12), st.integers(0, 1000), st.integers(0, 1000))
def test_other_numbers_under_a_name_are_other_streams(
    seed: int, name: str, one: int, other: int
) -> None:
    same = stream(seed, name, one).random() == stream(seed, name, other).random()
    assert same == (one == other)


@given(seeds, seeds)
def test_other_seeds_are_other_streams(one: int, other: int) -> None:
    same = stream(one, "breast").random() == stream(other, "breast").random()
    assert same == (one == other)


def test_the_order_of_a_name_counts() -> None:
    assert stream(7, "a", "b").random() != stream(7, "b", "a").random()


def test_streams_do_not_follow_one_another() -> None:
    one, other = (stream(3, "exposure", k).standard_normal(4000) for k in (0, 1))
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 0.06
