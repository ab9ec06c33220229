"""Pieces of FHIR R4 resources: codes, references, components, entries of a bundle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galactograph.reporting.facts import Fact
from galactograph.values import concepts as c
from galactograph.values.codes import Code

URIS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "UCUM": "http://unitsofmeasure.org",
    "LN": "http://loinc.org",
    "NCIt": "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    c.PRIVATE: "urn:uuid:b8d99add-29c1-56d3-9fdf-562c25233d19",
}
"""How FHIR names a coding scheme. source: FHIR R4 terminologies-systems (remembered)"""

Resource = dict[str, Any]


def entry(resource: Resource) -> Resource:
    """Return the entry that creates a resource where there is none like it."""
    kind, number = resource["resourceType"], resource["identifier"][0]
    asked = "|".join(filter(None, (number.get("system"), number["value"])))
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {
            "method": "POST",
            "url": kind,
            "ifNoneExist": f"identifier={asked}",
        },
    }


def reference(resource: Resource) -> Resource:
    """Refer to a resource of the same bundle."""
    return {"reference": f"urn:uuid:{resource['id']}", "type": resource["resourceType"]}


def component(fact: Fact) -> Resource:
    """Return a component of an observation: a number, a code or words."""
    told: Resource = {"code": concept(fact.name)}
    if fact.number is not None and fact.unit is not None:
        told["valueQuantity"] = {
            "value": fact.number,
            "unit": fact.unit.meaning,
            "system": URIS["UCUM"],
            "code": fact.unit.value,
        }
    elif fact.code is not None:
        told["valueCodeableConcept"] = concept(fact.code)
    else:
        told["valueString"] = fact.text
    return told


def concept(code: Code) -> Resource:
    """Return a code as a CodeableConcept."""
    named = coding(code.value, URIS[code.scheme], code.meaning)
    return {"coding": [named], "text": code.meaning}


def coding(value: str, system: str, meaning: str) -> Resource:
    """Return a Coding."""
    return {"system": system, "code": value, "display": meaning}


def instant(moment: datetime) -> str:
    """Return a moment with its time zone."""
    return moment.isoformat(timespec="seconds")
