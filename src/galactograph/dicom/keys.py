"""Key images: which views of a study show something, as a Key Object Selection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydicom.dataset import Dataset

from galactograph.dicom import common
from galactograph.dicom.items import filled
from galactograph.dicom.sources import Source, evidence, home_of, reference
from galactograph.dicom.sr_items import CONTAINS, container, image, text
from galactograph.values.codes import Code
from galactograph.values.report import Report

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.59"

_TITLE = Code("113000", "DCM", "Of Interest")
_WORDS = Code("113012", "DCM", "Key Object Description")
"""source: CID 7010 and TID 2010 (found)"""


def key_images(
    report: Report, sources: Sequence[Source], *, made: datetime
) -> Dataset | None:
    """Select the views that show a finding, in the order of the report.

    Returns
    -------
    Dataset or None
        None if no view of the report's own study shows a finding.
    """
    home = home_of(report, sources)
    places = {place.view for finding in report.findings for place in finding.places}
    # A selection names images of its own study only.
    views = [sources[k].for_eyes for k in sorted(places)]
    shown = [source for source in views if source.study == home.study]
    if not shown:
        return None
    dataset = Dataset()
    for part in (
        home.belongs,
        common.equipment(),
        common.dated(made),
        filled(
            SOPClassUID=SOP_CLASS,
            Modality="KO",
            SeriesNumber=9003,
            SeriesDescription="Galactograph key images (research)",
            ReferencedPerformedProcedureStepSequence=[],
        ),
        evidence(shown, home.study),
    ):
        dataset.update(part)
    title = container(
        _TITLE,
        [
            text(_WORDS, _sentence(report)),
            *(image(reference(source), relation=CONTAINS) for source in shown),
        ],
        template="2010",
    )
    del title.RelationshipType
    dataset.update(title)
    common.identified([dataset], "KO", home.study)
    return dataset


def _sentence(report: Report) -> str:
    kinds = dict.fromkeys(finding.kind.code.meaning for finding in report.findings)
    return f"{', '.join(kinds)}. {common.comment(simulated=report.simulated)}"
