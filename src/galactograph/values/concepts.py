"""Codes of what a report says, whatever it is written as: DICOM, FHIR or HL7.

Those of DCM, SCT, NCIt and LN are from the context groups of PS3.16 (found); where the
standard has no word, one of ours stands (99GALACTO).
"""

from __future__ import annotations

from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Code,
    Depth,
    Laterality,
)

PRIVATE = "99GALACTO"
"""Coding scheme of the words that no standard has."""


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


def _sct(value: str, meaning: str) -> Code:
    return Code(value, "SCT", meaning)


def _own(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE, meaning)


DUCTOGRAM = _sct("18102001", "Mammary ductogram")
FINDING = _dcm("121071", "Finding")
SITE = _sct("363698007", "Finding Site")
CERTAINTY = _dcm("111012", "Certainty of Finding")
CLOCK = _dcm("111014", "Clockface or region")
DEPTH = _dcm("111020", "Depth")
RECOMMENDATION = _dcm("121075", "Recommendation")
LENGTH = _sct("410668003", "Length")
WIDTH = _sct("103355008", "Width")
FROM_NIPPLE = _dcm("121242", "Distance from nipple")
ALONG_DUCT = _own("ALONG_DUCT", "Distance from nipple along duct")
SHAPE = _own("SHAPE", "Shape of finding")
CAUSE = _own("CAUSE", "Candidate cause")
PROBABILITY = _own("PROBABILITY", "Probability")
ARITHMETIC = _own("ARITHMETIC", "Arithmetic of probability")
ADEQUACY = _own("ADEQUACY", "Adequacy of galactogram")
LEVEL = _own("LEVEL", "Research level of suspicion")
RESEARCH_USE = _own("RESEARCH_USE", "Use of this report")
PATH_LENGTH = _dcm("121211", "Path length")
CALIBRE = _own("LARGEST_CALIBRE", "Largest calibre of traced ducts")
BRANCHES = _own("BRANCHES", "Number of traced branches")

FINDINGS_TEXT = Code("59776-5", "LN", "Procedure findings")
IMPRESSION_TEXT = Code("19005-8", "LN", "Impression")
ADVICE_TEXT = Code("18783-1", "LN", "Study recommendation")
"""source: CID 6052 (found)"""

SIDES = {
    Laterality.LEFT: _sct("80248007", "Left breast"),
    Laterality.RIGHT: _sct("73056007", "Right breast"),
}
"""source: CID 6022 (found)"""

LEVELS = {f"DG{n}": _own(f"DG{n}", f"Research level DG{n} of 5") for n in range(6)}
ADEQUACIES = {
    word: _own(str(word).upper().replace("-", "_")[:16], str(word).replace("-", " "))
    for word in Adequacy
}
DEPTHS = {
    Depth.ANTERIOR: _sct("255549009", "Anterior"),
    Depth.MIDDLE: Code("C25569", "NCIt", "Middle"),
    Depth.POSTERIOR: _sct("255551008", "Posterior"),
}
"""source: CID 6024 (found)"""

_HOURS = """
129772004 129773009 129774003 129775002 129776001 129777005
129778000 129779008 129780006 129781005 129782003 129783008
"""
CLOCKS = {
    hour: _sct(value, f"{hour} o'clock position")
    for hour, value in enumerate(_HOURS.split(), 1)
}
"""source: CID 6018 (found)"""

CAUSES = {
    CauseName.PAPILLOMA: _sct("5244003", "Intraductal papilloma"),
    CauseName.ECTASIA: _sct("22049009", "Mammary duct ectasia"),
    CauseName.DCIS: _sct("1162814007", "Non-infiltrating intraductal carcinoma"),
    CauseName.INVASIVE: _sct("82711006", "Infiltrating duct carcinoma"),
    CauseName.OTHER_BENIGN: _own("OTHER_BENIGN", "Other benign cause"),
    CauseName.ARTEFACT: _own("ARTEFACT", "Artefact"),
    CauseName.NORMAL: _dcm("111287", "Normal breast tissue"),
}
"""source: CID 6030 to 6033, 6057 and 6159 (found)"""

ACTIONS = {
    Action.MICRODOCHECTOMY: _own("MICRODOCHECTOMY", "Consider microdochectomy"),
    Action.SUBAREOLAR_EXCISION: _own(
        "SUBAREOLAR_EXC", "Consider subareolar duct excision (Hadfield)"
    ),
    Action.BIOPSY_FIRST: _own("BIOPSY_FIRST", "Consider biopsy first"),
    Action.MRI: _sct("241615005", "MRI of breast"),
    Action.ULTRASOUND: _sct("16310003", "Diagnostic ultrasonography"),
    Action.REPEAT: DUCTOGRAM,
    Action.SURVEILLANCE: _own("SURVEILLANCE", "Consider surveillance"),
    Action.TREAT_INFECTION: _own("TREAT_INFECTION", "Treat infection first"),
    Action.NO_GALACTOGRAPHY: _own("NO_GALACTOGRAPHY", "No galactography"),
}
"""source: CID 6028 where it has a word (found)"""
