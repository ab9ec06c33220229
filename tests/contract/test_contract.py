"""The document we write is what others were promised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import reports
from galactograph.reporting import reading_document
from galactograph.values.codes import Action, Adequacy, CauseName, FindingKind
from galactograph.values.geometry import SpacingKind
from galactograph.values.record import InjectionRecord
from galactograph.values.report import Report

COPY = Path(__file__).with_name("reading.schema.json")
ORIGINAL = Path(__file__).parents[3] / "shared" / "contract" / "reading.schema.json"


@pytest.fixture(scope="module")
def contract() -> Draft202012Validator:
    import json

    schema = json.loads(COPY.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_copy_is_the_contract_byte_for_byte() -> None:
    if not ORIGINAL.exists():
        pytest.skip("the original contract is not beside this checkout")
    assert COPY.read_bytes() == ORIGINAL.read_bytes()


def no_laterality() -> Report:
    return replace(reports.report(), laterality=None, study_uid=None)


def with_record() -> Report:
    record = InjectionRecord(volume_ml=0.4, time_of_day=time(14, 5), reflux=False)
    return replace(reports.report(views=("CC",)), injection=record)


def one_point() -> Report:
    """Return a report with a tree of a single point: a branch needs two."""
    whole = reports.report(views=("CC",))
    reading = whole.readings[0]
    tree = reading.ducts[0].tree
    seed = replace(
        tree,
        points_mm=tree.points_mm[:1],
        parents=tree.parents[:1],
        radii_mm=tree.radii_mm[:1],
    )
    lone = reports.duct(seed, reading.view.image.grid)
    bare = replace(reading, ducts=(lone, reading.ducts[0]))
    return replace(whole, readings=(bare,), findings=())


@pytest.mark.parametrize(
    "make",
    [
        reports.report,
        lambda: reports.report(normal=True),
        lambda: reports.report(spacing_kind=SpacingKind.NONE),
        lambda: reports.report(spacing_kind=SpacingKind.USER),
        reports.no_contrast,
        no_laterality,
        one_point,
        with_record,
    ],
)
def test_every_report_keeps_the_contract(
    make: Callable[[], Report], contract: Draft202012Validator
) -> None:
    contract.validate(reading_document(make()))


def test_a_record_of_the_injection_is_told_and_unknown_stays_null() -> None:
    told = reading_document(with_record())["injection"]
    assert told["volume_ml"] == 0.4
    assert told["time_of_day"] == "14:05:00"
    assert told["reflux"] is False
    assert told["pain"] is None
    assert reading_document(reports.report(views=("CC",)))["injection"] is None


def test_the_contract_knows_every_word_that_we_may_say(
    contract: Draft202012Validator,
) -> None:
    schema = contract.schema
    finding = schema["$defs"]["finding"]["properties"]
    assert set(finding["kind"]["enum"]) == {kind.word for kind in FindingKind}
    causes = finding["causes"]["items"]["properties"]["name"]["enum"]
    assert set(causes) == {str(name) for name in CauseName}
    actions = schema["properties"]["advice"]["items"]["properties"]["action"]["enum"]
    assert set(actions) == {str(action) for action in Action}
    view = schema["$defs"]["view"]["properties"]
    assert set(view["spacing_kind"]["enum"]) == {str(kind) for kind in SpacingKind}
    status = view["adequacy"]["properties"]["status"]["enum"]
    assert set(status) == {str(word) for word in Adequacy}
