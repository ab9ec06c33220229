"""A reading as FHIR and as HL7 v2: valid, complete, preliminary, marked as research."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hl7
import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from galactograph.cli.app import run
from galactograph.errors import InvalidValue, Unreadable
from galactograph.reporting import reading_document
from galactograph.reporting.facts import Order, checked
from galactograph.reporting.fhir import bundle_of, fhir_bundle
from galactograph.reporting.fhir_parts import URIS
from galactograph.reporting.hl7 import hl7_message, message_of
from galactograph.reporting.words import RESEARCH
from galactograph.values import concepts
from galactograph.values.codes import Action, CauseName
from galactograph.values.geometry import SpacingKind
from galactograph.values.report import Advice, Reason, Report
from reports import no_contrast, report

MADE = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
ORDER = Order(patient_id="P-17", patient_system="urn:oid:2.25.9", accession="A77")


def nameless() -> Report:
    """Return a report of pictures: no study, no side, no UID."""
    whole = report(views=("CC",), spacing_kind=SpacingKind.NONE)
    (reading,) = whole.readings
    view = replace(reading.view, sop_instance_uid=None, laterality=None)
    bare = replace(reading, view=view)
    return replace(whole, readings=(bare,), study_uid=None, laterality=None)


CASES: dict[str, Callable[[], Report]] = {
    "two views": report,
    "normal": lambda: report(normal=True),
    "no contrast": no_contrast,
    "nameless": nameless,
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Report:
    return CASES[request.param]()


def resources(bundle: dict[str, Any], kind: str = "") -> list[dict[str, Any]]:
    every = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in every if kind in ("", one["resourceType"])]


def test_another_program_takes_the_bundle_for_fhir(case: Report) -> None:
    bundle = fhir_bundle(case, made=MADE, order=ORDER)
    read = Bundle.model_validate_json(json.dumps(bundle))
    assert len(read.entry or ()) == len(bundle["entry"])


def test_another_program_would_find_an_error() -> None:
    bundle = fhir_bundle(report(), made=MADE)
    resources(bundle, "DiagnosticReport")[0]["status"] = ["done"]
    with pytest.raises(ValueError, match="status"):
        Bundle.model_validate(bundle)


def test_every_reference_leads_to_a_resource_of_its_kind(case: Report) -> None:
    bundle = fhir_bundle(case, made=MADE)
    there = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle["entry"]}
    assert len(there) == len(bundle["entry"])

    def check(value: object) -> int:
        if isinstance(value, list):
            return sum(map(check, value))
        if not isinstance(value, dict):
            return 0
        if "reference" in value:
            assert there[value["reference"]] == value["type"]
            return 1
        return sum(map(check, value.values()))

    assert check(resources(bundle)) > len(there)
    (told,) = resources(bundle, "DiagnosticReport")
    results = {one["reference"] for one in told["result"]}
    kinds = [u for u, kind in there.items() if kind == "Observation"]
    assert results == set(kinds)


def test_everything_is_preliminary_research_and_says_so(case: Report) -> None:
    bundle = fhir_bundle(case, made=MADE)
    for kind in ("DiagnosticReport", "Observation", "RiskAssessment"):
        for one in resources(bundle, kind):
            assert one["status"] == "preliminary"
            assert RESEARCH in json.dumps(one)
    for one in resources(bundle):
        assert [t["code"] for t in one["meta"]["security"]] == ["HRESCH", "HTEST"]
    (told,) = resources(bundle, "DiagnosticReport")
    assert "never excludes disease" in told["conclusion"]
    assert RESEARCH in told["text"]["div"]


def test_the_bundle_says_what_the_reading_says(case: Report) -> None:
    document = reading_document(case)
    observed = resources(fhir_bundle(case, made=MADE), "Observation")
    found = [o for o in observed if o["code"]["coding"][0]["code"] == "121071"]
    for finding, told in zip(document["findings"], found, strict=True):
        value = told["valueCodeableConcept"]["coding"][0]
        assert value["code"] == finding["code"]["value"]
        numbers = {
            part["code"]["coding"][0]["code"]: part["valueQuantity"]["value"]
            for part in told["component"]
            if "valueQuantity" in part
        }
        for key, code in (
            ("length_mm", "410668003"),
            ("straight_from_nipple_mm", "121242"),
            ("along_duct_from_nipple_mm", "ALONG_DUCT"),
        ):
            assert numbers.get(code) == finding[key]
        assert numbers["111012"] == pytest.approx(100 * finding["confidence"])
    advised = [o for o in observed if o["code"]["coding"][0]["code"] == "121075"]
    assert len(advised) == len(document["advice"])
    assert len(observed) == len(found) + len(advised) + len(document["views"])


def test_a_candidate_cause_is_a_probability_and_no_finding() -> None:
    document = reading_document(report())
    (risk,) = resources(fhir_bundle(report(), made=MADE), "RiskAssessment")
    said = [(p["outcome"]["text"], p["probabilityDecimal"]) for p in risk["prediction"]]
    assert said[0] == ("Intraductal papilloma", 71)
    assert len(said) == len(document["findings"][0]["causes"])
    # A bubble has no causes, and so none are assessed.
    assert document["findings"][1]["causes"] == []


def test_the_same_report_twice_is_stored_once() -> None:
    first, again = (fhir_bundle(report(), made=MADE, order=ORDER) for _ in range(2))
    assert first == again
    asked = [entry["request"]["ifNoneExist"] for entry in first["entry"]]
    assert len(set(asked)) == len(asked)
    later = fhir_bundle(report(), made=MADE.replace(year=2021), order=ORDER)
    stays = {"Patient", "ImagingStudy", "Device"}
    for kind in ("Observation", "DiagnosticReport", *stays):
        ids = [{r["id"] for r in resources(b, kind)} for b in (first, later)]
        assert (ids[0] == ids[1]) == (kind in stays), kind


def test_patient_and_order_are_named_by_number_alone() -> None:
    bundle = fhir_bundle(report(), made=MADE, order=ORDER)
    (patient,) = resources(bundle, "Patient")
    assert patient["identifier"] == [{"system": "urn:oid:2.25.9", "value": "P-17"}]
    assert "name" not in patient
    (study,) = resources(bundle, "ImagingStudy")
    assert [one["value"] for one in study["identifier"]] == ["urn:oid:2.25.77", "A77"]


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        fhir_bundle(report(), made=datetime(2020, 1, 1))  # noqa: DTZ001


def test_every_scheme_of_a_code_has_a_uri() -> None:
    for advice in Action:
        for cause in CauseName:
            assert concepts.ACTIONS[advice].scheme in URIS
            assert concepts.CAUSES[cause].scheme in URIS


def segments(message: str, kind: str) -> list[Any]:
    found = [segment for segment in hl7.parse(message) if str(segment[0]) == kind]
    assert found
    return found


def test_another_program_reads_the_message(case: Report) -> None:
    message = hl7_message(case, made=MADE, order=ORDER)
    parsed = hl7.parse(message)
    assert str(parsed.segment("MSH")[9]) == "ORU^R01^ORU_R01"
    assert str(parsed.segment("MSH")[11]) == "T"
    assert str(parsed.segment("MSH")[12]) == "2.5.1"
    assert str(parsed.segment("PID")[3]).startswith("P-17^^^urn:oid:2.25.9")
    assert str(parsed.segment("OBR")[4]) == "18102001^Mammary ductogram^SCT"
    assert str(parsed.segment("OBR")[25]) == "P"
    observed = segments(message, "OBX")
    assert [str(o[1]) for o in observed] == [str(n + 1) for n in range(len(observed))]
    assert {str(o[11]) for o in observed} == {"P"}
    assert RESEARCH in str(observed[0][5])
    assert message.endswith("\r")
    assert "\n" not in message


def test_the_message_says_what_the_reading_says() -> None:
    document = reading_document(report())
    told: dict[tuple[str, str], str] = {}
    for one in segments(hl7_message(report(), made=MADE, order=ORDER), "OBX"):
        told.setdefault((str(one[4]), str(one[3]).partition("^")[0]), str(one[5]))
    for finding in document["findings"]:
        name = finding["id"]
        assert told[name, "121071"].split("^")[0] == finding["code"]["value"]
        distance = finding["along_duct_from_nipple_mm"]
        assert float(told[name, "ALONG_DUCT"]) == distance
        for number, cause in enumerate(finding["causes"], 1):
            share = float(told[f"{name}.{number}", "PROBABILITY"])
            assert share == pytest.approx(100 * cause["probability"])
    assert told["A1", "121075"].startswith("MICRODOCHECTOMY^")
    assert "Rawlinson" in told["A1", "18783-1"]


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_any_text_comes_through_a_message(words: str) -> None:
    reason = Reason(rule="GM1", text=words, source="here")
    advice = Advice(action=Action.MRI, reasons=(reason,))
    document = reading_document(replace(BARE, advice=(advice,)))
    message = message_of(document, made=MADE, order=ORDER)
    (last,) = [o for o in segments(message, "OBX") if str(o[3]).startswith("18783-1")]
    back = hl7.parse(message).unescape(str(last[5]))
    assert back == f"GM1: {words} (source: here)"


BARE = report(views=("CC",), normal=True)


def test_a_message_without_a_number_of_the_patient_is_refused() -> None:
    with pytest.raises(InvalidValue, match="number of the patient"):
        hl7_message(report(), made=MADE, order=Order())


@pytest.mark.parametrize("wrong", [None, [], {}, {"schema": "galactograph/reading/9"}])
def test_another_document_is_refused(wrong: object) -> None:
    with pytest.raises(Unreadable, match="no reading document"):
        checked(wrong)


def test_the_command_prints_or_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "out", tmp_path / "bundle.json"
    folder.mkdir()
    document = reading_document(BARE)
    (folder / "reading.json").write_text(json.dumps(document), "utf-8")
    assert run(["export", "fhir", str(folder)]) == 0
    printed = json.loads(capsys.readouterr().out)
    moment = datetime.fromisoformat(printed["timestamp"])
    assert printed == bundle_of(document, made=moment)
    words = ["export", "hl7", str(folder / "reading.json"), "--patient-id", "7"]
    assert run([*words, "-o", str(out), "--processing", "P"]) == 0
    assert str(hl7.parse(out.read_bytes().decode())["MSH.F11"]) == "P"
    assert run([*words, "-o", str(out)]) == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "status"), [(None, 2), ("{}", 3), ("<html>", 3), ("[1]", 3)]
)
def test_what_is_no_reading_is_one_sentence(
    content: str | None,
    status: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / "reading.json").write_text(content)
    assert run(["export", "fhir", str(tmp_path)]) == status
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
