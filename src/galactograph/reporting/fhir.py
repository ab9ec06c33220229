"""A reading as FHIR R4: a preliminary DiagnosticReport with its Observations.

The bundle is a transaction that can be sent to a server as it is. Every resource has
an identifier made of what it is about and is created only if the server has none with
it, so that a bundle sent twice is stored once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from uuid import UUID, uuid5

from galactograph.errors import InvalidValue
from galactograph.reporting.document import Document, reading_document
from galactograph.reporting.facts import (
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
from galactograph.reporting.fhir_parts import (
    URIS,
    Resource,
    coding,
    component,
    concept,
    entry,
    instant,
    reference,
)
from galactograph.reporting.words import LEVELS
from galactograph.values import concepts as c
from galactograph.values.codes import Adequacy, Code
from galactograph.values.report import Report

_SPACE = UUID(URIS[c.PRIVATE].removeprefix("urn:uuid:"))
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_REASON = f"{_HL7}v3-ActReason"
_RFC = "urn:ietf:rfc:3986"
_STATUS = "preliminary"
"""Nobody has verified it."""


def fhir_bundle(
    report: Report, *, made: datetime, order: Order | None = None
) -> Resource:
    """Return a report as a FHIR R4 transaction bundle, ready for `json.dumps`.

    Parameters
    ----------
    made
        When the report was made, with its time zone.
    order
        Whose it is; without it the bundle names a patient without a number.
    """
    return bundle_of(reading_document(report), made=made, order=order)


def bundle_of(
    document: Document, *, made: datetime, order: Order | None = None
) -> Resource:
    """Return a reading document as a FHIR R4 transaction bundle.

    Raises
    ------
    InvalidValue
        If `made` has no time zone: FHIR has no moment without one.
    """
    if made.tzinfo is None:
        raise InvalidValue("FHIR needs a moment with its time zone")
    resources = list(_Writer(document, made, order or Order()).resources())
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": instant(made),
        "entry": [entry(resource) for resource in resources],
    }


class _Writer:
    """Writes the resources of one document."""

    def __init__(self, document: Document, made: datetime, order: Order) -> None:
        self._told = document
        self._made = made
        self._order = order
        study = document["study"]["study_instance_uid"]
        uids = [view["sop_instance_uid"] for view in document["views"]]
        self._about = "|".join(
            map(str, [study, *uids, document["generator"]["version"], instant(made)])
        )

    def resources(self) -> Iterator[Resource]:
        """Yield all resources, those that others refer to first."""
        yield self._patient()
        yield self._device()
        study = self._study()
        if study is not None:
            yield study
        observations = list(self._observations())
        yield from observations
        for finding, told in zip(self._told["findings"], self._findings(), strict=True):
            if finding["causes"]:
                yield self._causes(finding, told)
        yield self._report(observations, study)

    def _new(self, kind: str, name: str, **rest: object) -> Resource:
        uuid = uuid5(_SPACE, f"{kind}|{name}")
        tags = [coding("HRESCH", _REASON, "healthcare research")]
        if self._told["simulated"]:
            tags.append(
                {"system": _REASON, "code": "HTEST", "display": "test health data"}
            )
        return {
            "resourceType": kind,
            "id": str(uuid),
            "meta": {"security": tags},
            "identifier": [{"system": _RFC, "value": f"urn:uuid:{uuid}"}],
            **rest,
        }

    def _patient(self) -> Resource:
        order = self._order
        name = order.patient_id and f"{order.patient_system}|{order.patient_id}"
        patient = self._new("Patient", name or f"of {self._about}")
        if name:
            number = {"system": order.patient_system, "value": order.patient_id}
            patient["identifier"] = [{k: v for k, v in number.items() if v}]
        return patient

    def _device(self) -> Resource:
        made = self._told["generator"]
        return self._new(
            "Device",
            f"{made['name']} {made['version']}",
            deviceName=[{"name": made["name"], "type": "manufacturer-name"}],
            version=[{"value": made["version"]}],
            note=[{"text": notice(self._told)}],
        )

    def _study(self) -> Resource | None:
        uid = self._told["study"]["study_instance_uid"]
        if uid is None:
            return None
        study = self._new(
            "ImagingStudy",
            uid,
            status="available",
            subject=reference(self._patient()),
            numberOfInstances=len(self._told["views"]),
            procedureCode=[concept(c.DUCTOGRAM)],
        )
        study["identifier"] = [{"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}]
        if self._order.accession:
            kind = coding("ACSN", f"{_HL7}v2-0203", "Accession ID")
            number = {"type": {"coding": [kind]}, "value": self._order.accession}
            study["identifier"].append(number)
        return study

    def _observations(self) -> Iterator[Resource]:
        for number, view in enumerate(self._told["views"], 1):
            yield self._view(number, view)
        yield from self._findings()
        for number, advice in enumerate(self._told["advice"], 1):
            yield self._observation(
                f"advice {number}",
                c.RECOMMENDATION,
                action_of(advice),
                notes=because(advice),
            )

    def _view(self, number: int, view: Document) -> Resource:
        verdict = view["adequacy"]
        shown = f"{view_name(view)}, SOP Instance UID {view['sop_instance_uid']}"
        return self._observation(
            f"view {number}",
            c.ADEQUACY,
            c.ADEQUACIES[Adequacy(verdict["status"])],
            side=side_of(view["laterality"]),
            facts=view_facts(view),
            notes=[shown, *verdict["reasons"], *view["notes"]],
        )

    def _findings(self) -> Iterator[Resource]:
        return (self._finding(finding) for finding in self._told["findings"])

    def _causes(self, finding: Document, told: Resource) -> Resource:
        """Say what a finding may be: causes with probabilities, no diagnosis."""
        return self._new(
            "RiskAssessment",
            f"causes of {finding['id']} of {self._about}",
            status=_STATUS,
            code=concept(c.CAUSE),
            subject=reference(self._patient()),
            basis=[reference(told)],
            prediction=[
                {
                    "outcome": concept(code),
                    "probabilityDecimal": percent(share),
                    **({"rationale": why} if why else {}),
                }
                for code, share, why in causes_of(finding)
            ],
            note=[{"text": notice(self._told)}],
        )

    def _finding(self, finding: Document) -> Resource:
        seen = f"{finding['id']}, seen in {seen_in(finding, self._told)}."
        return self._observation(
            f"finding {finding['id']}",
            c.FINDING,
            kind_of(finding),
            side=side_of(self._told["study"]["laterality"]),
            facts=finding_facts(finding),
            notes=[seen, finding["explanation"]],
        )

    def _observation(
        self,
        name: str,
        code: Code,
        value: Code,
        *,
        side: Code | None = None,
        facts: Iterator[Fact] | None = None,
        notes: list[str],
    ) -> Resource:
        category = coding("imaging", f"{_HL7}observation-category", "Imaging")
        told = self._new(
            "Observation",
            f"{name} of {self._about}",
            status=_STATUS,
            category=[{"coding": [category]}],
            code=concept(code),
            subject=reference(self._patient()),
            issued=instant(self._made),
            device=reference(self._device()),
            valueCodeableConcept=concept(value),
            note=[{"text": text} for text in (*notes, notice(self._told)) if text],
        )
        study = self._study()
        if study is not None:
            told["derivedFrom"] = [reference(study)]
        if side is not None:
            told["bodySite"] = concept(side)
        components = [component(fact) for fact in facts or ()]
        if components:
            told["component"] = components
        return told

    def _report(self, observations: list[Resource], study: Resource | None) -> Resource:
        said = self._told["assessment"]
        level = c.LEVELS[said["level"]]
        section = coding("RAD", f"{_HL7}v2-0074", "Radiology")
        words = f"{said['level']} ({LEVELS[said['level']]}). {said['text']}"
        told = self._new(
            "DiagnosticReport",
            f"report of {self._about}",
            text={"status": "generated", "div": self._narrative(words)},
            status=_STATUS,
            category=[{"coding": [section]}],
            code=concept(c.DUCTOGRAM),
            subject=reference(self._patient()),
            issued=instant(self._made),
            result=[reference(one) for one in observations],
            conclusion=f"{words} {notice(self._told)}",
            conclusionCode=[concept(level)],
        )
        if study is not None:
            told["imagingStudy"] = [reference(study)]
        return told

    def _narrative(self, words: str) -> str:
        """Return the report as XHTML for people."""
        found = [
            f"{one['id']} {kind_of(one).meaning}: {one['explanation']}"
            for one in self._told["findings"]
        ]
        advised = [action_of(one).meaning for one in self._told["advice"]]
        lines = "".join(
            f"<p>{escape(line)}</p>"
            for line in (notice(self._told), words, *found, *advised)
        )
        return f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>'
