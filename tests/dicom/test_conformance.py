"""The conformance statement says what the code does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from galactograph.archives import conformance as page
from galactograph.dicom.check_tables import own_codes

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "dicom-conformance.md"


def test_the_page_is_up_to_date() -> None:
    assert DOCS.read_text(encoding="utf-8") == page.conformance(), (
        "write it anew: python -m galactograph.archives.conformance "
        "docs/reference/dicom-conformance.md"
    )


def test_every_class_that_is_written_or_taken_is_on_the_page() -> None:
    told = page.conformance()
    for uid in ("1.1.1.2", "1.1.1.2.1", "1.1.13.1.3", "1.1.66.4", "1.1.88.50"):
        assert f"`1.2.840.10008.5.1.4.{uid}`" in told
    # No UID without a name: those would be misspelt.
    assert "| 1.2.840" not in told
    assert "not certified" in told
    for code in own_codes():
        assert f"`{code.value}`" in told


@pytest.mark.parametrize(
    ("source", "roles"),
    [
        ("ask([Verification])", {"Verification": {"SCU"}}),
        ("e.add_supported_context(Verification)", {"Verification": {"SCP"}}),
        (
            "e.add_supported_context(Verification)\nask(Verification)",
            {"Verification": {"SCU", "SCP"}},
        ),
        ("pass", {}),
    ],
)
def test_roles_are_those_of_the_code(source: str, roles: dict[str, set[str]]) -> None:
    imported = "from pynetdicom.sop_class import Verification\n"
    assert page._roles(ast.parse(imported + source)) == roles
