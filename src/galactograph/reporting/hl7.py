"""A reading as an HL7 v2.5.1 message ORU^R01, for those who still need it.

One OBX for each fact; those of one finding share a sub-identifier. Everything is
preliminary (P), and the notice that it is research is the first thing said.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Literal

from galactograph.errors import InvalidValue
from galactograph.reporting.document import Document, reading_document
from galactograph.reporting.facts import (
    PERCENT,
    Fact,
    Order,
    action_of,
    because,
    causes_of,
    finding_facts,
    kind_of,
    notice,
    percent,
    seen_in,
    side_of,
    view_facts,
    view_name,
)
from galactograph.reporting.words import LEVELS
from galactograph.values import concepts as c
from galactograph.values.codes import Adequacy, Code
from galactograph.values.report import Report

Processing = Literal["T", "D", "P"]

_ESCAPES = str.maketrans(
    {
        "\\": "\\E\\",
        "|": "\\F\\",
        "^": "\\S\\",
        "&": "\\T\\",
        "~": "\\R\\",
        "\r": "\\.br\\",
        "\n": "\\.br\\",
    }
)
"""source: HL7 v2.5.1 chapter 2.7 (remembered)"""

_SCHEMES = {"UCUM": "UCUM", "LN": "LN", "SCT": "SCT", "DCM": "DCM", "NCIt": "NCIT"}
"""source: HL7 table 0396 (remembered); ours has its own name"""


def hl7_message(
    report: Report, *, made: datetime, order: Order, processing: Processing = "T"
) -> str:
    """Return a report as an ORU^R01 message.

    Parameters
    ----------
    made
        When the report was made.
    order
        Whose it is: a message without a number of the patient is none.
    processing
        Processing ID (HL7 table 0103): T training, D debugging, P production. Training
        by default, so that no system takes research for a result.
    """
    document = reading_document(report)
    return message_of(document, made=made, order=order, processing=processing)


def message_of(
    document: Document, *, made: datetime, order: Order, processing: Processing = "T"
) -> str:
    """Return a reading document as an ORU^R01 message; segments end in a return.

    Raises
    ------
    InvalidValue
        If there is no number of the patient.
    """
    if not order.patient_id:
        raise InvalidValue("an HL7 v2 message needs a number of the patient")
    moment = made.strftime("%Y%m%d%H%M%S%z")
    facts = enumerate(_observations(document), 1)
    body = [
        _patient(order),
        _request(document, order, moment),
        *(_observation(number, sub, fact, moment) for number, (sub, fact) in facts),
    ]
    control = sha256("\r".join(body).encode()).hexdigest()[:20]
    version = str(document["generator"]["version"])
    header = [
        "MSH", r"^~\&", "GALACTOGRAPH", "", "", "", moment, "", "ORU^R01^ORU_R01",
        control, processing, "2.5.1", "", "", "", "", "", "UNICODE UTF-8",
    ]  # fmt: skip
    software = ["SFT", "galactograph", version, "galactograph", version]
    return "\r".join(["|".join(header), "|".join(software), *body]) + "\r"


def _patient(order: Order) -> str:
    number = f"{_safe(order.patient_id)}^^^{_safe(order.patient_system)}"
    # Name of type U: not stated.
    return _segment("PID", {1: "1", 3: number.rstrip("^"), 5: "^^^^^^U"})


def _request(document: Document, order: Order, moment: str) -> str:
    study = document["study"]["study_instance_uid"] or ""
    fields = {
        1: "1",
        3: _safe(order.accession or study),
        4: _coded(c.DUCTOGRAM),
        7: moment,
        22: moment,
        24: "RAD",
        25: "P",
    }
    return _segment("OBR", fields)


def _observations(document: Document) -> Iterator[tuple[str, Fact]]:
    """Yield every fact with its sub-identifier, in the order of the report."""
    yield "", Fact(name=c.RESEARCH_USE, text=notice(document))
    said = document["assessment"]
    yield "", Fact(name=c.LEVEL, code=c.LEVELS[said["level"]])
    words = f"{said['level']} ({LEVELS[said['level']]}). {said['text']}"
    yield "", Fact(name=c.IMPRESSION_TEXT, text=words)
    for number, view in enumerate(document["views"], 1):
        yield from _numbered(f"V{number}", _view(view))
    for finding in document["findings"]:
        yield from _numbered(str(finding["id"]), _finding(finding, document))
        for place, (code, share, why) in enumerate(causes_of(finding), 1):
            facts = _cause(code, share, why)
            yield from _numbered(f"{finding['id']}.{place}", facts)
    for number, advice in enumerate(document["advice"], 1):
        yield from _numbered(f"A{number}", _advice(advice))


def _numbered(sub: str, facts: Iterator[Fact]) -> Iterator[tuple[str, Fact]]:
    return ((sub, fact) for fact in facts)


def _view(view: Document) -> Iterator[Fact]:
    verdict = view["adequacy"]
    yield Fact(name=c.ADEQUACY, code=c.ADEQUACIES[Adequacy(verdict["status"])])
    uid = view["sop_instance_uid"]
    words = [f"{view_name(view)}, SOP Instance UID {uid}.", *verdict["reasons"]]
    yield Fact(name=c.ADEQUACY, text=" ".join(words))
    yield from view_facts(view)


def _finding(finding: Document, document: Document) -> Iterator[Fact]:
    yield Fact(name=c.FINDING, code=kind_of(finding))
    side = side_of(document["study"]["laterality"])
    if side is not None:
        yield Fact(name=c.SITE, code=side)
    words = f"Seen in {seen_in(finding, document)}. {finding['explanation']}"
    yield Fact(name=c.FINDINGS_TEXT, text=words)
    yield from finding_facts(finding)


def _cause(code: Code, share: float, why: str) -> Iterator[Fact]:
    """Yield a candidate cause apart from its probability, so that none is a result."""
    yield Fact(name=c.CAUSE, code=code)
    yield Fact(name=c.PROBABILITY, number=percent(share), unit=PERCENT)
    if why:
        yield Fact(name=c.ARITHMETIC, text=why)


def _advice(advice: Document) -> Iterator[Fact]:
    yield Fact(name=c.RECOMMENDATION, code=action_of(advice))
    for words in because(advice):
        yield Fact(name=c.ADVICE_TEXT, text=words)


def _observation(number: int, sub: str, fact: Fact, moment: str) -> str:
    name, kind, value, unit = _coded(fact.name), "TX", _safe(fact.text), ""
    if fact.number is not None and fact.unit is not None:
        kind, value, unit = "NM", f"{fact.number:.10g}", _coded(fact.unit)
    elif fact.code is not None:
        kind, value = "CWE", _coded(fact.code)
    fields = {1: str(number), 2: kind, 3: name, 4: _safe(sub), 5: value, 6: unit}
    return _segment("OBX", {**fields, 11: "P", 14: moment})


def _segment(name: str, fields: dict[int, str]) -> str:
    places = [fields.get(place, "") for place in range(1, max(fields) + 1)]
    return "|".join([name, *places])


def _coded(code: Code) -> str:
    scheme = _SCHEMES.get(code.scheme, code.scheme)
    return "^".join([_safe(code.value), _safe(code.meaning), scheme])


def _safe(text: str) -> str:
    r"""Escape what HL7 v2 uses to part its fields.

    Examples
    --------
    >>> print(_safe("5 | 6 & 7"))
    5 \F\ 6 \T\ 7
    """
    return str(text).replace("\r\n", "\n").translate(_ESCAPES)
