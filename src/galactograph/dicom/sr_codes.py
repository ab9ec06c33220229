"""The coded words of our structured reports.

Those of DCM, SCT, UMLS and UCUM are from the context groups of PS3.16 (found); where
the standard has no word, one of ours stands (99GALACTO).
"""

from __future__ import annotations

from galactograph.dicom.common import PRIVATE
from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Code,
    Depth,
)


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


def _sct(value: str, meaning: str) -> Code:
    return Code(value, "SCT", meaning)


def _own(value: str, meaning: str) -> Code:
    return Code(value, PRIVATE, meaning)


# Headings and context: TID 1500, 1001, 1204, 1600.
TITLE = _dcm("126000", "Imaging Measurement Report")
LANGUAGE = _dcm("121049", "Language of Content Item and Descendants")
ENGLISH = Code("en", "RFC5646", "English")
PROCEDURE = _dcm("121058", "Procedure reported")
DUCTOGRAM = _sct("18102001", "Mammary ductogram")
OBSERVER = _dcm("121005", "Observer Type")
DEVICE = _dcm("121007", "Device")
DEVICE_UID = _dcm("121012", "Device Observer UID")
DEVICE_NAME = _dcm("121013", "Device Observer Name")
DEVICE_MAKER = _dcm("121014", "Device Observer Manufacturer")
DEVICE_MODEL = _dcm("121015", "Device Observer Model Name")
LIBRARY = _dcm("111028", "Image Library")
LIBRARY_GROUP = _dcm("126200", "Image Library Group")
MEASUREMENTS = _dcm("126010", "Imaging Measurements")
EVALUATIONS = Code("C0034375", "UMLS", "Qualitative Evaluations")
GROUP = _dcm("125007", "Measurement Group")

# Of an image: TID 1602, 1603.
MODALITY = _dcm("121139", "Modality")
MAMMOGRAPHY = _dcm("MG", "Mammography")
IMAGE_SIDE = _dcm("111027", "Image Laterality")
IMAGE_VIEW = _dcm("111031", "Image View")
ACROSS = _dcm("111026", "Horizontal Pixel Spacing")
DOWN = _dcm("111066", "Vertical Pixel Spacing")
ADEQUACY = _own("ADEQUACY", "Adequacy of galactogram")
REASON = _own("REASON", "Reason")
SIMULATED = _own("SIMULATED", "Simulated image")
POSITION = _own("VIEW_POSITION", "View position")

# Of a measurement group: TID 1410.
TRACKING = _dcm("112039", "Tracking Identifier")
TRACKING_UID = _dcm("112040", "Tracking Unique Identifier")
FINDING = _dcm("121071", "Finding")
SITE = _sct("363698007", "Finding Site")
LATERALITY = _sct("272741003", "Laterality")
REGION = _dcm("111030", "Image Region")
PURPOSE = _dcm("130400", "Geometric purpose of region")
CENTRELINE = _dcm("130490", "Centerline")
CENTRE = _dcm("111010", "Center")
ALGORITHM = _dcm("111001", "Algorithm Name")
ALGORITHM_VERSION = _dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS = _dcm("111002", "Algorithm Parameters")
DERIVATION = _dcm("121401", "Derivation")
CERTAINTY = _dcm("111012", "Certainty of Finding")
COMMENT = _dcm("121106", "Comment")

# Of a branch.
LUMEN = _sct("113342003", "Lumen")
PATH_LENGTH = _dcm("121211", "Path length")
DIAMETER = _sct("81827009", "Diameter")
MEAN = _sct("373098007", "Mean")
LEAST = _sct("255605001", "Minimum")
LARGEST = _sct("56851009", "Maximum")
GENERATION = _own("GENERATION", "Generation of branch, 0 leaves the nipple")
STRAHLER = _own("STRAHLER", "Strahler order of branch")
BRANCH_NUMBER = _own("BRANCH_NUMBER", "Number of branch in view")
TREE_NUMBER = _own("TREE_NUMBER", "Number of duct tree in view")
PARENT = _own("PARENT_BRANCH", "Parent branch")
ROOTED = _own("ROOTED", "Traced to the nipple")
YES = _sct("373066001", "Yes")
NO = _sct("373067005", "No")

# Of a finding.
NIPPLE = _sct("24142002", "Nipple")
LENGTH = _sct("410668003", "Length")
WIDTH = _sct("103355008", "Width")
FROM_NIPPLE = _dcm("121242", "Distance from nipple")
ALONG_DUCT = _own("ALONG_DUCT", "Distance from nipple along duct")
CLOCK = _dcm("111014", "Clockface or region")
CLOCK_TEXT = _own("CLOCK", "Clock position")
DEPTH = _dcm("111020", "Depth")
SHAPE = _own("SHAPE", "Shape of finding")
BRANCH = _own("BRANCH", "Branch of finding")
CAUSE = _own("CAUSE", "Candidate cause")
PROBABILITY = _own("PROBABILITY", "Probability")
ARITHMETIC = _own("ARITHMETIC", "Arithmetic of probability")
EVIDENCE = _own("EVIDENCE", "Evidence of finding")
EVIDENCE_VALUE = _own("EVIDENCE_VALUE", "Value of evidence")

# Of the whole study.
RESEARCH = _own("RESEARCH_USE", "Use of this report")
LEVEL = _own("LEVEL", "Research level of suspicion")
RECOMMENDATION = _dcm("121075", "Recommendation")
RULE = _own("RULE", "Rule")
RULE_SOURCE = _own("RULE_SOURCE", "Source of rule")
SEGMENTER = _own("SEGMENTER", "Segmenter")
PROBLEM = _own("PROBLEM", "File that could not be used")

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
"""source: CID 6028 where it has a word (found); no DICOM code names the operations"""

CAUTION = (
    "Outputs are research data that a qualified radiologist must verify; they are not "
    "for clinical decisions. A normal galactogram never excludes disease."
)
"""What stands in every report of ours."""
