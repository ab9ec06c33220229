"""What values may be: codes by attribute and by name, units and ranges of numbers.

Context groups are those of PS3.16 as pydicom ships them (found). Ranges are wide: they
catch a wrong unit or a slip, never an unusual patient (assumed, unless said).
"""

from __future__ import annotations

from functools import cache

from pydicom.sr.codedict import codes

from galactograph.dicom import sr_codes, sr_injection
from galactograph.dicom.quantities import Quantity
from galactograph.values import concepts as w
from galactograph.values.codes import Code, FindingKind
from galactograph.values.concepts import PRIVATE

Term = tuple[str, str]
"""Value and scheme of a code."""

_BREAST = frozenset({("76752008", "SCT")})
_SIDED = frozenset({("80248007", "SCT"), ("73056007", "SCT")})

_BY_ATTRIBUTE: dict[str, tuple[int, ...]] = {
    "ViewCodeSequence": (4014,),
    "ViewModifierCodeSequence": (4015,),
    "ContrastBolusAgentSequence": (12,),
    "ContrastBolusAdministrationRouteSequence": (11,),
    "AnatomicRegionModifierSequence": (244,),
    "ProcedureCodeSequence": (6050, 6083),
    "PerformedProcedureCodeSequence": (6050, 6083),
    "SegmentedPropertyCategoryCodeSequence": (7150,),
    "SegmentedPropertyTypeCodeSequence": (7151, 6057, 6040),
    "PurposeOfReferenceCodeSequence": (7201, 7202, 7005),
    "DerivationCodeSequence": (7203,),
    "AlgorithmFamilyCodeSequence": (7162,),
}
"""Context groups of the codes that an attribute holds."""

_BY_NAME: dict[str, tuple[int, ...]] = {
    "121005": (270,),  # Observer Type
    "272741003": (244, 6022),  # Laterality
    "111027": (244, 6022),  # Image Laterality
    "111031": (4014,),  # Image View
    "111032": (4015,),  # Image View Modifier
    "111014": (6018,),  # Clockface or region
    "111020": (6024,),  # Depth
    "107644003": (6004,),  # Shape
    "121058": (6050, 6083, 100),  # Procedure reported
    "121139": (29,),  # Modality
    "121401": (7464, 6140),  # Derivation
    "130400": (219,),  # Geometric purpose of region
    "111056": (6034,),  # Rendering Intent
    "111059": (6014,),  # Single Image Finding
    "111022": (6014,),  # Detection Performed
    "111017": (6047,),  # CAD Processing and Findings Summary
    "111064": (6042,),  # Summary of Detections
    "111065": (6042,),  # Summary of Analyses
    "113705": (10000,),  # Scope of Accumulation
    "113764": (10003,),  # Acquisition Plane
    "113721": (10002,),  # Irradiation Event Type
    "113780": (10025,),  # Reference Point Definition
    "111632": (10016,),  # Anode Target Material
    "113757": (10006,),  # X-Ray Filter Material
    "113854": (10020,),  # Source of Dose Information
    "363703001": (3629,),  # Has Intent
    "122086": (12,),  # Contrast administered
    "410675002": (11,),  # Route of administration
}
"""Context groups of the value of a content item, by the value of its name."""

_BEYOND: dict[str, frozenset[Term]] = {
    # The group of kinds of segment may be extended, and lacks what ducts are of.
    "SegmentedPropertyTypeCodeSequence": frozenset({("113342003", "SCT")}),
    "121058": frozenset({("71651007", "SCT")}),
    "130400": frozenset({("130490", "DCM")}),
    "121139": frozenset({("MG", "DCM")}),
}
"""Terms that a template names itself, or that extend a group."""

_UNITS: dict[str, frozenset[str]] = {
    "mm": frozenset({"mm"}),
    "length": frozenset({"mm", "{pixels}"}),
    "%": frozenset({"%"}),
    "spacing": frozenset({"mm/{pixel}", "mm"}),
    "1": frozenset({"1"}),
    "mGy": frozenset({"mGy"}),
    "kV": frozenset({"kV"}),
    "ms": frozenset({"ms"}),
    "uA.s": frozenset({"uA.s"}),
    "ml": frozenset({"ml"}),
    "ml/s": frozenset({"ml/s"}),
    "mg/ml": frozenset({"mg/ml"}),
}

NUMBERS: dict[str, tuple[frozenset[str], float, float]] = {
    value: (_UNITS[unit], least, most)
    for value, unit, least, most in (
        ("121211", "length", 0, 5000),  # Path length
        ("81827009", "length", 0, 500),  # Diameter
        ("410668003", "mm", 0, 300),  # Length
        ("103355008", "mm", 0, 300),  # Width
        ("121242", "mm", 0, 300),  # Distance from nipple
        ("ALONG_DUCT", "mm", 0, 500),
        ("111012", "%", 0, 100),  # Certainty of Finding
        ("PROBABILITY", "%", 0, 100),
        ("111026", "spacing", 0.005, 2),  # Horizontal Pixel Spacing
        ("111066", "spacing", 0.005, 2),  # Vertical Pixel Spacing
        ("GENERATION", "1", 0, 100),
        ("STRAHLER", "1", 1, 100),
        ("BRANCH_NUMBER", "1", 0, 1e6),
        ("TREE_NUMBER", "1", 0, 1e6),
        ("111637", "mGy", 0.01, 100),  # Accumulated Average Glandular Dose
        ("111631", "mGy", 0.01, 10),  # Average Glandular Dose
        ("111636", "mGy", 0.01, 100),  # Entrance Exposure at RP
        ("113733", "kV", 20, 50),  # KVP
        ("113824", "ms", 1, 60000),  # Exposure Time
        ("113736", "uA.s", 100, 2e6),  # Exposure
        ("111634", "mm", 0.1, 2),  # Half Value Layer
        ("113766", "mm", 0.05, 1),  # Focal Spot Size
        ("111633", "mm", 5, 200),  # Compression Thickness
        ("113750", "mm", 300, 1500),  # Distance Source to Detector
        ("122091", "ml", 0, 5),  # Volume Administered
        ("122094", "ml/s", 0, 0.5),  # Rate of administration
        ("122093", "mg/ml", 1, 400),  # Concentration
        ("225908003", "1", 0, 10),  # Pain score
    )
}
"""Units and bounds of numbers of a report, by the value of their name."""

ATTRIBUTES: dict[str, tuple[float, float]] = {
    "KVP": (20, 50),
    "ExposureInuAs": (100, 2_000_000),
    "OrganDose": (0, 0.1),  # dGy: 10 mGy, several times a usual view
    "EntranceDoseInmGy": (0, 100),
    "HalfValueLayer": (0.1, 2),
    "BodyPartThickness": (0, 200),
    "CompressionForce": (0, 300),
    "DistanceSourceToDetector": (300, 1500),
    "DistanceSourceToPatient": (200, 1500),
    "EstimatedRadiographicMagnificationFactor": (1, 3),
    "ImagerPixelSpacing": (0.01, 0.5),
    "PixelSpacing": (0.005, 2),
    "ContrastBolusVolume": (0, 5),
    "ContrastBolusTotalDose": (0, 5),
    "ContrastBolusIngredientConcentration": (1, 400),
    "PositionerPrimaryAngle": (-180, 180),
}
"""Bounds of attributes of an image; mm, kV, uAs, mGy, N, mL, mg/mL, deg."""

_SCHEMES = ("DCM", "SCT", "NCIt", "UCUM", "LN", "UMLS", "RADLEX")
_OURS_TO_USE = {
    "UCUM": {"{pixels}", "mm/{pixel}", "mGy", "uA.s", "ml"},
    "UMLS": {"C0034375"},
    "RFC5646": {"en"},
}
"""Codes that pydicom's dictionary lacks; source: TID 1500, 1602, 10003b (found)"""


@cache
def group(number: int) -> frozenset[Term]:
    """Return the terms of a context group."""
    held = getattr(codes, f"cid{number}", None)
    if held is None:
        return frozenset()
    return frozenset(
        (code.value, code.scheme_designator) for code in held.concepts.values()
    )


@cache
def known(scheme: str) -> frozenset[str]:
    """Return the codes of a scheme that the standard uses, or that are ours."""
    if scheme == PRIVATE:
        return frozenset(code.value for code in own_codes())
    words = getattr(codes, scheme) if scheme in _SCHEMES else None
    theirs = () if words is None else words.dir()
    found = {getattr(words, keyword).value for keyword in theirs}
    return frozenset(found | _OURS_TO_USE.get(scheme, set()))


def own_codes() -> tuple[Code, ...]:
    """Return every code of the private scheme that an object of ours may hold."""
    named = [*vars(sr_codes).values(), *vars(w).values()]
    for table in [value for value in named if isinstance(value, dict)]:
        named += table.values()
    named += [kind.code for kind in FindingKind] + [q.code for q in Quantity]
    named += sr_injection.OWN
    held = [code for code in named if isinstance(code, Code) and code.scheme == PRIVATE]
    return tuple(dict.fromkeys(sorted(held)))


def allowed(keyword: str, name: str) -> frozenset[Term] | None:
    """Return the terms that may stand in an attribute; None if any may.

    Parameters
    ----------
    keyword
        Of the code sequence.
    name
        Value of the concept name of the content item that it is in; "" if none.
    """
    if keyword == "AnatomicRegionSequence":
        return _BREAST
    if keyword == "ConceptCodeSequence":
        if name == "123014":  # Target Region, with its side
            return _BREAST | _SIDED
        numbers, beyond = _BY_NAME.get(name), _BEYOND.get(name, frozenset())
    else:
        numbers = _BY_ATTRIBUTE.get(keyword)
        beyond = _BEYOND.get(keyword, frozenset())
    if numbers is None:
        return None
    return frozenset().union(beyond, *(group(number) for number in numbers))
