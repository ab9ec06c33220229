"""Conditions: three-valued, plain, safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.advice.conditions import check, named, unknown, verdict
from galactograph.errors import InvalidValue

flags = st.sampled_from([True, False, None])


@given(st.tuples(flags, flags))
def test_all_must_hold_false_beats_unknown_and_unknown_beats_true(
    pair: tuple[bool | None, bool | None],
) -> None:
    a, b = pair
    got = verdict({"a": True, "b": True}, {"a": a, "b": b})
    expected = False if False in (a, b) else None if None in (a, b) else True
    assert got is expected


@given(st.tuples(flags, flags))
def test_any_holds_true_beats_unknown_and_unknown_beats_false(
    pair: tuple[bool | None, bool | None],
) -> None:
    a, b = pair
    got = verdict({"any": [{"a": True}, {"b": True}]}, {"a": a, "b": b})
    expected = True if True in (a, b) else None if None in (a, b) else False
    assert got is expected


@given(st.integers(0, 120), st.integers(0, 120))
def test_at_least_and_below_part_the_numbers(age: int, limit: int) -> None:
    old = verdict({"age": {"at_least": limit}}, {"age": age})
    young = verdict({"age": {"below": limit}}, {"age": age})
    assert old is (age >= limit)
    assert young is not old


@given(st.tuples(flags, st.one_of(st.none(), st.integers(0, 9))))
def test_learning_a_fact_never_turns_a_verdict_around(
    pair: tuple[bool | None, int | None],
) -> None:
    flag, count = pair
    condition = {"any": [{"flag": True}, {"count": {"at_least": 3}}]}
    before = verdict(condition, {"flag": flag, "count": count})
    for learnt in (True, False):
        for number in (0, 5):
            facts = {
                "flag": learnt if flag is None else flag,
                "count": number if count is None else count,
            }
            assert before in (None, verdict(condition, facts))


def test_a_flag_is_no_count() -> None:
    assert verdict({"systems": 1}, {"systems": True}) is False
    assert verdict({"lesion": True}, {"lesion": 1}) is False


def test_unknown_facts_are_named_once_in_order() -> None:
    condition = {"b": True, "any": [{"a": True}, {"b": False}], "c": 1}
    facts = {"a": None, "b": None, "c": 1}
    assert unknown(condition, facts) == ("b", "a")
    assert named(condition) == ("b", "a", "c")


def test_a_fact_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidValue, match="no fact 'pus'"):
        verdict({"pus": True}, {"purulent": True})
    with pytest.raises(InvalidValue, match="no fact 'pus'"):
        check({"any": [{"pus": True}]}, ["purulent"])


def test_a_comparison_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidValue, match="compare with"):
        check({"age": {"above": 3}}, ["age"])


def test_a_word_has_no_size() -> None:
    with pytest.raises(InvalidValue, match="no size"):
        verdict({"colour": {"at_least": 3}}, {"colour": "green"})
