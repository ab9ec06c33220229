"""The injection record: checked, free of names, and the same after a file."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galactograph.errors import InvalidValue, Unreadable
from galactograph.values.codes import Laterality
from galactograph.values.record import (
    BOUNDS,
    Agent,
    CannulaKind,
    InjectionRecord,
    OrificePlace,
    StopReason,
)
from galactograph.values.record_text import (
    load_record,
    record_from,
    record_items,
    record_table,
    record_toml,
)

FULL = InjectionRecord(
    laterality=Laterality.RIGHT,
    orifice_clock="10:30",
    orifice_place=OrificePlace.CENTRAL,
    orifice_mm=2.5,
    gauge=30,
    cannula=CannulaKind.ANGLED,
    agent=Agent.IOHEXOL,
    iodine_mg_ml=300.0,
    volume_ml=0.4,
    rate_ml_s=0.01,
    flushed=True,
    reflux=True,
    pain=2,
    extravasation=False,
    stop_reason=StopReason.REFLUX,
    operator="radiologist-2",
    time_of_day=time(14, 5),
)


def _within(name: str) -> st.SearchStrategy[Any]:
    least, most = BOUNDS[name]
    if isinstance(least, int):
        return st.integers(least, int(most))
    return st.floats(least, most)


@st.composite
def records(draw: st.DrawFn) -> InjectionRecord:
    """Draw any record without an ending, which could contradict the rest."""
    told: dict[str, Any] = {
        "laterality": st.sampled_from(Laterality),
        "orifice_clock": st.sampled_from(["12", "1", "10:30", "6:05"]),
        "orifice_place": st.sampled_from(OrificePlace),
        "cannula": st.sampled_from(CannulaKind),
        "agent": st.sampled_from(Agent),
        "flushed": st.booleans(),
        "operator": st.sampled_from(["radiologist", "trainee-12"]),
        "time_of_day": st.times().map(lambda t: t.replace(microsecond=0)),
        **{name: _within(name) for name in BOUNDS},
    }
    known = draw(st.sets(st.sampled_from(sorted(told))))
    return InjectionRecord(**{name: draw(told[name]) for name in sorted(known)})


@given(records())
def test_a_record_is_the_same_after_toml_and_after_json(
    record: InjectionRecord,
) -> None:
    import tomllib

    assert record_from(tomllib.loads(record_toml(record))) == record
    assert record_from(json.loads(json.dumps(record_table(record)))) == record


def test_every_field_has_its_fact_in_words() -> None:
    items = record_items(FULL)
    assert [item.name for item in items] == [f.name for f in fields(InjectionRecord)]
    words = {item.name: item.words for item in items}
    assert words["laterality"] == "right"
    assert words["orifice_clock"] == "10:30 o'clock"
    assert words["iodine_mg_ml"] == "300 mg I/mL"
    assert words["volume_ml"] == "0.4 mL"
    assert words["gauge"] == "30 G"
    assert words["pain"] == "2 of 10"
    assert words["extravasation"] == "no"
    assert words["time_of_day"] == "14:05"


def test_what_nobody_said_stays_unknown() -> None:
    bare = InjectionRecord()
    assert {item.words for item in record_items(bare)} == {"unknown"}
    assert bare.known == ()
    assert bare.iodine_mg is None
    assert record_from({"reflux": "unknown", "pain": None}) == bare


def test_the_iodine_given_is_volume_times_concentration() -> None:
    assert FULL.iodine_mg == pytest.approx(120.0)


@pytest.mark.parametrize(
    ("fields_of", "words"),
    [
        ({"volume_ml": 5.1}, "volume_ml must be in 0..5"),
        ({"volume_ml": float("nan")}, "volume_ml must be in"),
        ({"pain": 11}, "pain must be in 0..10"),
        ({"gauge": 12}, "gauge must be in 20..34"),
        ({"orifice_clock": "13"}, "position on the clock"),
        ({"orifice_clock": "upper"}, "position on the clock"),
        ({"operator": "Maria Rossi"}, "never a name"),
        ({"time_of_day": time(9, tzinfo=UTC)}, "local time"),
        ({"stop_reason": StopReason.REFLUX, "reflux": False}, "stopped for reflux"),
        (
            {"stop_reason": StopReason.EXTRAVASATION, "extravasation": False},
            "stopped for extravasation",
        ),
        ({"stop_reason": StopReason.PAIN, "pain": 0}, "stopped for pain"),
        ({"stop_reason": StopReason.NOT_CANNULATED, "volume_ml": 0.3}, "0.3 mL"),
        ({"stop_reason": StopReason.NOT_CANNULATED, "reflux": True}, "no duct"),
        ({"volume_ml": 0.0, "extravasation": True}, "nothing was given"),
    ],
)
def test_what_cannot_be_is_refused(fields_of: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        InjectionRecord(**fields_of)


def test_a_refusal_never_repeats_a_name() -> None:
    with pytest.raises(InvalidValue) as refused:
        InjectionRecord(operator="Maria Rossi")
    assert "Rossi" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.toml", "volume_ml = ", "not valid TOML"),
        ("r.json", "{", "not valid JSON"),
        ("r.json", "[]", "no names and values"),
        ("r.toml", "dose = 3", "nothing is called dose"),
        ("r.toml", 'volume_ml = "much"', "volume_ml must be a number"),
        ("r.toml", "volume_ml = true", "volume_ml must be a number"),
        ("r.toml", "pain = 2.5", "pain must be a whole number"),
        ("r.toml", "reflux = 1", "reflux must be true, false or 'unknown'"),
        ("r.toml", 'agent = "lipiodol"', "agent must be one of iohexol"),
        ("r.toml", 'time_of_day = "noon"', "time_of_day must be like 14:05:00"),
        ("r.toml", "orifice_clock = 10", "orifice_clock must be text in quotes"),
        ("r.toml", "volume_ml = 9", "volume_ml must be in 0..5"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(
    name: str, content: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(Unreadable) as refused:
        load_record(path)
    assert words in str(refused.value)
    assert name in str(refused.value)


def test_a_file_is_loaded_and_a_missing_or_binary_one_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "record.toml"
    path.write_text(record_toml(FULL), "utf-8")
    assert load_record(path) == FULL
    with pytest.raises(Unreadable, match="No such file"):
        load_record(tmp_path / "absent.toml")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Unreadable, match="not valid TOML"):
        load_record(path)
