"""The coded words of a Radiation Dose SR.

source: TID 10001 to 10003c and their context groups (found)
"""

from galactograph.dicom.sr_items import MM
from galactograph.values.codes import Code

MGY = Code("mGy", "UCUM", "mGy")
KV = Code("kV", "UCUM", "kV")
UAS = Code("uA.s", "UCUM", "uA.s")
MS = Code("ms", "UCUM", "ms")


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


TITLE = _dcm("113701", "X-Ray Radiation Dose Report")
MAMMOGRAPHY = Code("71651007", "SCT", "Mammography")
HAS_INTENT = Code("363703001", "SCT", "Has Intent")
DIAGNOSTIC = Code("261004008", "SCT", "Diagnostic Intent")
SCOPE = _dcm("113705", "Scope of Accumulation")
STUDY = _dcm("113014", "Study")
STUDY_UID = _dcm("110180", "Study Instance UID")
HAS_SOURCE = _dcm("113943", "X-Ray Source Data Available")
HAS_MECHANICS = _dcm("113944", "X-Ray Mechanical Data Available")
HAS_DETECTOR = _dcm("113945", "X-Ray Detector Data Available")
TOTAL = _dcm("113702", "Accumulated X-Ray Dose Data")
PLANE = _dcm("113764", "Acquisition Plane")
SINGLE = _dcm("113622", "Single Plane")
TOTAL_DOSE = _dcm("111637", "Accumulated Average Glandular Dose")
EVENT = _dcm("113706", "Irradiation Event X-Ray Data")
EVENT_UID = _dcm("113769", "Irradiation Event UID")
STARTED = _dcm("111526", "DateTime Started")
EVENT_TYPE = _dcm("113721", "Irradiation Event Type")
STILL = _dcm("113611", "Stationary Acquisition")
TURNING = _dcm("113613", "Rotational Acquisition")
TARGET = _dcm("123014", "Target Region")
DOSE = _dcm("111631", "Average Glandular Dose")
ENTRANCE = _dcm("111636", "Entrance Exposure at RP")
POINT = _dcm("113780", "Reference Point Definition")
SURFACE = _dcm("113964", "At Surface of Patient")
ACQUIRED_IMAGE = _dcm("113795", "Acquired Image")
ANODE = _dcm("111632", "Anode Target Material")
FILTERS = _dcm("113771", "X-Ray Filters")
FILTER = _dcm("113757", "X-Ray Filter Material")
ORIGIN = _dcm("113854", "Source of Dose Information")
COPIED = _dcm("113866", "Copied From Image Attributes")
"""source: TID 10001 to 10003c and their context groups (found)"""

ANODES = {
    "TUNGSTEN": Code("26194003", "SCT", "Tungsten"),
    "MOLYBDENUM": Code("71128006", "SCT", "Molybdenum"),
    "RHODIUM": Code("59801003", "SCT", "Rhodium"),
}
"""source: CID 10016 (found)"""
FILTER_METALS = ANODES | {
    "SILVER": Code("41967008", "SCT", "Silver"),
    "ALUMINUM": Code("12503006", "SCT", "Aluminum"),
    "COPPER": Code("66925006", "SCT", "Copper"),
}
del FILTER_METALS["TUNGSTEN"]
"""source: CID 10006 (found)"""

NUMBERS = (
    (_dcm("113733", "KVP"), KV, "KVP", 1.0),
    (_dcm("113824", "Exposure Time"), MS, "ExposureTime", 1.0),
    (_dcm("113824", "Exposure Time"), MS, "ExposureTimeInms", 1.0),
    (_dcm("113736", "Exposure"), UAS, "ExposureInuAs", 1.0),
    (_dcm("113736", "Exposure"), UAS, "ExposureInmAs", 1000.0),
    (_dcm("111634", "Half Value Layer"), MM, "HalfValueLayer", 1.0),
    (_dcm("113766", "Focal Spot Size"), MM, "FocalSpots", 1.0),
    (_dcm("111633", "Compression Thickness"), MM, "BodyPartThickness", 1.0),
    (
        _dcm("113750", "Distance Source to Detector"),
        MM,
        "DistanceSourceToDetector",
        1.0,
    ),
)
"""Name, unit, attribute of the image, and what turns its unit into this one."""
