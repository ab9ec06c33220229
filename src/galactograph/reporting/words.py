"""Words for people: what codes and levels mean, in plain sentences."""

from __future__ import annotations

from galactograph.values.codes import Action, Adequacy, CauseName, FindingKind
from galactograph.values.geometry import SpacingKind

RESEARCH = "Research use only - not a medical device"
"""Stands on every result. (found: design, domain 10.2)"""

CAUTION = (
    "Outputs are research data that a qualified radiologist must verify; they are not "
    "for clinical decisions. A normal galactogram never excludes disease."
)

LEVELS = {
    "DG0": "Inadequate study",
    "DG1": "Adequate study, no abnormal duct seen",
    "DG2": "Typical benign pattern",
    "DG3": "Solitary defect or cut-off",
    "DG4": "Suspicious pattern",
    "DG5": "Highly suspicious pattern",
}
"""Meaning of the project's own research levels. (assumed: design, domain 3.5)"""

SCALE_NOTE = (
    "DG0 to DG5 is this project's own research scale; it is neither BI-RADS nor GICS."
)

ADEQUACY = {
    Adequacy.ADEQUATE: "adequate",
    Adequacy.UNDERFILLED: "underfilled",
    Adequacy.NO_CONTRAST: "no contrast in the ducts",
    Adequacy.EXTRAVASATED: "contrast outside the ducts",
    Adequacy.NOT_A_GALACTOGRAM: "not a galactogram",
}

CAUSES = {
    CauseName.PAPILLOMA: "Intraductal papilloma",
    CauseName.ECTASIA: "Duct ectasia",
    CauseName.DCIS: "Ductal carcinoma in situ",
    CauseName.INVASIVE: "Invasive ductal carcinoma",
    CauseName.OTHER_BENIGN: "Other benign",
    CauseName.ARTEFACT: "Artefact",
    CauseName.NORMAL: "Normal",
}

ACTIONS = {
    Action.MICRODOCHECTOMY: "Consider microdochectomy (excision of the one duct)",
    Action.SUBAREOLAR_EXCISION: "Consider subareolar duct excision (Hadfield)",
    Action.BIOPSY_FIRST: "Consider biopsy first",
    Action.MRI: "Consider MRI",
    Action.ULTRASOUND: "Consider targeted ultrasound",
    Action.REPEAT: "Consider repeating the galactogram",
    Action.SURVEILLANCE: "Consider surveillance",
    Action.TREAT_INFECTION: "Treat the infection first",
    Action.NO_GALACTOGRAPHY: "Galactography is not advised",
}

SPACING = {
    SpacingKind.DETECTOR: (
        "mm in the detector plane: magnification is not corrected, so true lengths "
        "are some percent shorter"
    ),
    SpacingKind.MAGNIFICATION_CORRECTED: "mm in the breast, magnification corrected",
    SpacingKind.CALIBRATED: "mm as calibrated in the file",
    SpacingKind.USER: "mm from the pixel spacing given by the user",
    SpacingKind.NONE: "pixels: no spacing is known, so no millimetre is told",
}

DISTANCES = (
    "Along the duct: length of the traced centreline from the nipple. Straight: the "
    "shortest line from the nipple in the image. Both are measured in the compressed "
    "breast. Clock positions are as seen facing the patient."
)


def kind_words(kind: FindingKind) -> str:
    """Return the name of a kind of finding, such as "Filling defect"."""
    return kind.word.replace("-", " ").capitalize()


def confidence_words(confidence: float) -> str:
    """Return "low", "moderate" or "high" for a confidence in [0, 1].

    The borders 0.5 and 0.8 are the project's own (assumed); the number is always
    shown beside the word.
    """
    if confidence >= 0.8:
        return "high"
    return "moderate" if confidence >= 0.5 else "low"


def side_words(letter: str | None) -> str:
    """Return "left", "right", "both" or "side not stated"."""
    known = {"L": "left", "R": "right", "B": "both"}
    return known.get(letter or "", "side not stated")
