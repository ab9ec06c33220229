"""Words and codes: those of the reading contract, and of DICOM."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Depth,
    FindingKind,
    Laterality,
)
from galactograph.values.geometry import SpacingKind

SCHEMA = Path(__file__).parents[1] / "contract" / "reading.schema.json"


def enums(node: Any, name: str = "") -> Iterator[tuple[str, list[str | None]]]:  # noqa: ANN401
    """Yield (property, words) of every enum of a schema."""
    if isinstance(node, list):
        for part in node:
            yield from enums(part, name)
    elif isinstance(node, dict):
        if "enum" in node:
            yield name, node["enum"]
        for key, part in node.items():
            yield from enums(part, key)


@pytest.fixture(scope="module")
def contract() -> list[tuple[str, set[str | None]]]:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return [(name, set(words)) for name, words in enums(schema)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kind", {kind.word for kind in FindingKind}),
        ("status", set(Adequacy)),
        ("action", set(Action)),
        ("spacing_kind", set(SpacingKind)),
        ("depth", {*Depth, None}),
        ("name", set(CauseName)),
        ("level", {f"DG{n}" for n in range(6)}),
    ],
)
def test_our_words_are_the_words_of_the_contract(
    contract: list[tuple[str, set[str | None]]], name: str, words: set[str | None]
) -> None:
    assert words in [told for prop, told in contract if prop == name]


def test_sides_are_written_as_in_dicom(
    contract: list[tuple[str, set[str | None]]],
) -> None:
    assert all(
        set(Laterality) < told for prop, told in contract if prop == "laterality"
    )


def test_no_two_findings_share_a_code() -> None:
    codes = [(kind.code.scheme, kind.code.value) for kind in FindingKind]
    assert len(set(codes)) == len(codes)
    assert all(kind.code.meaning for kind in FindingKind)


def test_the_codes_of_context_group_6057_are_those_of_the_standard() -> None:
    told = {kind.word: kind.code.value for kind in FindingKind}
    assert told["filling-defect"] == "111425"
    assert told["multiple-filling-defects"] == "111426"
    assert told["abrupt-termination"] == "111427"
    assert told["extravasation"] == "111428"
    assert told["narrowing"] == "111429"
    assert told["cyst-fill"] == "111430"
    private = [k for k in FindingKind if k.code.scheme not in {"DCM", "SCT"}]
    assert {kind.code.scheme for kind in private} == {"99GALACTO"}
