"""The coded words that only structured reports need; the rest are `values.concepts`.

Those of DCM, SCT, UMLS and UCUM are from the context groups of PS3.16 (found); where
the standard has no word, one of ours stands (99GALACTO).
"""

from __future__ import annotations

from galactograph.values.codes import Code
from galactograph.values.concepts import PRIVATE


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
REASON = _own("REASON", "Reason")
SIMULATED = _own("SIMULATED", "Simulated image")
POSITION = _own("VIEW_POSITION", "View position")

# Of a measurement group: TID 1410.
TRACKING = _dcm("112039", "Tracking Identifier")
TRACKING_UID = _dcm("112040", "Tracking Unique Identifier")
LATERALITY = _sct("272741003", "Laterality")
REGION = _dcm("111030", "Image Region")
PURPOSE = _dcm("130400", "Geometric purpose of region")
CENTRELINE = _dcm("130490", "Centerline")
CENTRE = _dcm("111010", "Center")
ALGORITHM = _dcm("111001", "Algorithm Name")
ALGORITHM_VERSION = _dcm("111003", "Algorithm Version")
ALGORITHM_PARAMETERS = _dcm("111002", "Algorithm Parameters")
DERIVATION = _dcm("121401", "Derivation")
COMMENT = _dcm("121106", "Comment")

# Of a branch.
LUMEN = _sct("113342003", "Lumen")
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
CLOCK_TEXT = _own("CLOCK", "Clock position")
BRANCH = _own("BRANCH", "Branch of finding")
EVIDENCE = _own("EVIDENCE", "Evidence of finding")
EVIDENCE_VALUE = _own("EVIDENCE_VALUE", "Value of evidence")

# Of the whole study.
RULE = _own("RULE", "Rule")
RULE_SOURCE = _own("RULE_SOURCE", "Source of rule")
SEGMENTER = _own("SEGMENTER", "Segmenter")
PROBLEM = _own("PROBLEM", "File that could not be used")

CAUTION = (
    "Outputs are research data that a qualified radiologist must verify; they are not "
    "for clinical decisions. A normal galactogram never excludes disease."
)
"""What stands in every report of ours."""
