"""The level DG0 to DG5 of a study: a research scale of this project.

It is neither GICS nor BI-RADS; the levels and their anchors stand in the project's
design and are marked there as assumed.
"""

from __future__ import annotations

from collections.abc import Sequence

from galactograph.values.codes import Adequacy, FindingKind
from galactograph.values.report import Assessment, Finding, Reading

COUNTS_FROM = 0.5
"""A finding weighs on level and advice from this confidence on. source: assumed."""

_SURE_FROM = 0.7
"""Confidence that lets a finding speak in a view that is not adequate.
source: assumed."""

_PERIPHERAL_MM = 40.0
"""Distance from the nipple. source: design page (3 to 4 cm and more), remembered."""

_NOT_DILATED_MM = 1.0
"""Calibre. source: segmental ducts of 0.8 to 1.5 mm (design page), assumed."""

LESIONS = frozenset(
    {
        FindingKind.FILLING_DEFECT,
        FindingKind.FILLING_DEFECTS,
        FindingKind.TERMINATION,
        FindingKind.NARROWING,
        FindingKind.WALL_IRREGULARITY,
        FindingKind.DISPLACEMENT,
    }
)
"""Kinds that speak for something in or at the duct."""

_TEXTS = {
    0: "The study cannot be read: no view is adequate.",
    1: "Normal filling. A normal galactogram does not rule out malignancy: "
    "the negative predictive value was 63 % for malignant and high-risk lesions in "
    "one selected series (Morrogh 2007). Correlate with ultrasound, mammography and "
    "MRI.",
    2: "A benign pattern. In one series 1 of 32 ectasias and none of 12 bare trees "
    "were cancer (Dinkel 2000).",
    3: "A solitary defect or cut-off, as papillomas make; about 7 % of such studies "
    "were cancer (6 of 90, Dinkel 2000).",
    4: "Multiple or irregular defects, narrowing, irregular walls, or a lesion in "
    "thin ducts far from the nipple: seen more often with cancer than benign lesions "
    "(two series, not quantified).",
    5: "Distortion or displacement of ducts: 2 of 4 such studies were cancer "
    "(Dinkel 2000; a tiny number).",
}
_LABEL = "Research scale of this project, not GICS or BI-RADS."


def assess(readings: Sequence[Reading], findings: Sequence[Finding]) -> Assessment:
    """Return the level of a study and what it means.

    A study without an adequate view is DG0, unless a lesion is surely seen in a view
    that is underfilled or extravasated: an obstruction near the nipple leaves a
    tree underfilled, and to call that unreadable would hide it.
    """
    counted = [f for f in findings if f.confidence >= COUNTS_FROM]
    level = max((_level(f) for f in counted), default=1)
    notes = []
    if not any(r.adequacy.status is Adequacy.ADEQUATE for r in readings):
        partly = {
            r.index
            for r in readings
            if r.adequacy.status in (Adequacy.UNDERFILLED, Adequacy.EXTRAVASATED)
        }
        seen = [
            _level(f)
            for f in counted
            if f.kind in LESIONS
            and f.confidence >= _SURE_FROM
            and any(p.view in partly for p in f.places)
        ]
        level = max(seen, default=0)
        if level:
            notes.append("No view is adequate: there may be more than is seen.")
    unsure = len(findings) - len(counted)
    if unsure:
        words = "finding is" if unsure == 1 else "findings are"
        notes.append(f"{unsure} unsure {words} not counted.")
    if level == 1 and any(f.kind is FindingKind.AIR_BUBBLE for f in counted):
        notes.append("Air bubbles are seen and may hide a lesion.")
    return Assessment(
        level=f"DG{level}", text=" ".join([_TEXTS[level], *notes, _LABEL])
    )


def _level(finding: Finding) -> int:
    """Return the level that one finding gives."""
    kind = finding.kind
    if kind is FindingKind.DISPLACEMENT:
        return 5
    if kind in (
        FindingKind.FILLING_DEFECTS,
        FindingKind.NARROWING,
        FindingKind.WALL_IRREGULARITY,
    ):
        return 4
    if kind in (FindingKind.FILLING_DEFECT, FindingKind.TERMINATION):
        return 4 if finding.shape == "irregular" or _is_peripheral(finding) else 3
    if kind in (FindingKind.ECTASIA, FindingKind.CYST_FILL, FindingKind.PRUNED_TREE):
        return 2
    return 1


def _is_peripheral(finding: Finding) -> bool:
    """Return True for a lesion far out, in a duct that is not dilated."""
    calibre = finding.evidence.get(
        "duct_calibre_mm", finding.evidence.get("end_calibre_mm")
    )
    return (
        finding.straight_mm is not None
        and finding.straight_mm > _PERIPHERAL_MM
        and calibre is not None
        and calibre < _NOT_DILATED_MM
    )
