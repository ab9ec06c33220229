"""The injection on the page: every fact, unknown as unknown, nothing run."""

from __future__ import annotations

from dataclasses import replace

import reports
from galactograph.reporting.injection import contradictions_part, injection_part
from galactograph.values.record import InjectionRecord
from galactograph.values.record_text import record_items
from galactograph.values.report import Reason

BARE = reports.report(views=("CC",))


def test_every_fact_of_the_record_stands_on_the_page() -> None:
    record = InjectionRecord(orifice_clock="10:30", volume_ml=0.4, reflux=True)
    page = injection_part(replace(BARE, injection=record))
    for item in record_items(record):
        assert f"<dt>{item.label}</dt>" in page.replace("&#x27;", "'")
        assert item.words in page.replace("&#x27;", "'")
    assert page.count("unknown") == 14


def test_a_report_without_a_record_says_so() -> None:
    assert "No record of the injection" in injection_part(BARE)


def test_contradictions_are_told_with_inputs_and_cannot_run() -> None:
    reason = Reason(rule="GC03", text="a < b", source="x", inputs=("<script>",))
    told = contradictions_part(replace(BARE, contradictions=(reason,)))
    assert "GC03" in told
    assert "a &lt; b" in told
    assert "&lt;script&gt;" in told
    assert "<script>" not in told
    assert contradictions_part(BARE) == ""
