"""What headers tell of an injection."""

from __future__ import annotations

import pytest

from galactograph.dicom.injection import told_by
from galactograph.dicom.tags import Tags
from galactograph.values.record import Agent, InjectionRecord


def tags(**values: str) -> Tags:
    """Return a header; two underscores stand for a dot."""
    return Tags({name.replace("__", "."): (v,) for name, v in values.items()})


TOLD = tags(
    ContrastBolusAgent="OMNIPAQUE 300",
    ContrastBolusVolume="0.4",
    ContrastBolusIngredientConcentration="300",
)


def test_a_trade_name_and_numbers_become_a_record() -> None:
    assert told_by([TOLD]) == InjectionRecord(
        agent=Agent.IOHEXOL, volume_ml=0.4, iodine_mg_ml=300.0
    )


def test_a_code_goes_before_words() -> None:
    coded = tags(
        ContrastBolusAgent="OMNIPAQUE",
        ContrastBolusAgentSequence__CodeValue="109219007",
    )
    told = told_by([coded])
    assert told is not None
    assert told.agent is Agent.IOPAMIDOL


def test_an_enhanced_header_tells_within_its_agent() -> None:
    enhanced = tags(
        ContrastBolusAgentSequence__CodeValue="109218004",
        ContrastBolusAgentSequence__ContrastBolusVolume="0.25",
    )
    assert told_by([enhanced]) == InjectionRecord(agent=Agent.IOHEXOL, volume_ml=0.25)


def test_what_headers_do_not_agree_on_is_unknown() -> None:
    other = tags(ContrastBolusAgent="iohexol", ContrastBolusVolume="0.9")
    told = told_by([TOLD, other, tags()])
    assert told == InjectionRecord(agent=Agent.IOHEXOL, iodine_mg_ml=300.0)


@pytest.mark.parametrize("volume", ["0", "-1", "40", "nan", "much", ""])
def test_a_number_that_cannot_be_is_unknown(volume: str) -> None:
    assert told_by([tags(ContrastBolusVolume=volume)]) is None


@pytest.mark.parametrize("agent", ["NONE", "", "YES", "Omnipaque or Ultravist"])
def test_an_agent_that_names_nothing_is_unknown(agent: str) -> None:
    assert told_by([tags(ContrastBolusAgent=agent)]) is None
    assert told_by([]) is None
