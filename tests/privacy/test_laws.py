"""New names, moved dates, known words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from galactograph.dicom.identity import is_uid
from galactograph.dicom.privacy.pseudonyms import (
    Pseudonyms,
    moved_date,
    moved_moment,
    moved_time,
)
from galactograph.dicom.privacy.texts import is_known


@settings(deadline=None)
@given(
    st.datetimes(datetime(1920, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.datetimes(datetime(1920, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.binary(min_size=1, max_size=8),
)
def test_any_two_moments_stay_as_far_apart(
    first: datetime, second: datetime, key: bytes
) -> None:
    by = Pseudonyms(key).moved("patient 1")
    form = "%Y%m%d%H%M%S"
    moved = []
    for then in (first, second):
        text = then.strftime(form)
        told = moved_moment(text, by)
        assert told is not None
        assert told == f"{moved_date(text[:8], text[8:], by)}{moved_time(text[8:], by)}"
        moved.append(datetime.strptime(told, form))  # noqa: DTZ007
    gap = second.replace(microsecond=0) - first.replace(microsecond=0)
    assert moved[1] - moved[0] == gap


@settings(deadline=None)
@given(st.text("0123456789.", min_size=1, max_size=64), st.binary(min_size=1))
def test_a_new_uid_is_a_uid_and_those_of_the_standard_stay(
    old: str, secret: bytes
) -> None:
    assume(not old.startswith("1.2.840.10008."))
    names = Pseudonyms(secret)
    assert is_uid(names.uid(old))
    assert names.uid(old) == names.uid(old) != old
    assert names.uid("1.2.840.10008.1.2") == "1.2.840.10008.1.2"
    assert names.uid("1.2.840.10008.20210317.1") != "1.2.840.10008.20210317.1"


@pytest.mark.parametrize("bad", ["", "2020", "20201301", "yesterday", "2020-01-01"])
def test_what_is_no_date_is_not_moved(bad: str) -> None:
    by = timedelta(days=-40)
    assert moved_date(bad, "", by) is None
    assert moved_time("x" + bad, by) is None


def test_what_is_no_known_word_is_no_descriptor() -> None:
    assert is_known("Contrast is missing over 4.1 mm of a 1.6 mm duct")
    for text in ("Contrast for Doe", "seen 2021", "20210317", "Müller"):
        assert not is_known(text)
