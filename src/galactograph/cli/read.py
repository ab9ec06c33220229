"""`galactograph read`: a study in, a report out."""

# Heavy imports stand inside the command, so that its help is quick.
# ruff: noqa: PLC0415, T201

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from galactograph.cli.errors import OK, UsageError
from galactograph.cli.presentation import presentation as known_of
from galactograph.cli.presentation import shares
from galactograph.cli.progress import part, progress
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from galactograph.dicom.results import Extra
    from galactograph.values.report import Report


def read(  # noqa: PLR0913  the options of a command
    study: Path,
    /,
    *,
    out: Annotated[Path, Parameter(alias="-o")],
    pixel_spacing: Annotated[
        float | None, Parameter(validator=validators.Number(gt=0, lte=5))
    ] = None,
    laterality: Literal["L", "R"] | None = None,
    view: Literal["CC", "ML", "LM", "MLO", "LMO", "XCCL", "XCCM"] | None = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    age: Annotated[int | None, Parameter(validator=validators.Number(gte=0))] = None,
    discharge: Colour | None = None,
    orifices: Annotated[
        int | None, Parameter(validator=validators.Number(gte=1))
    ] = None,
    presentation: Path | None = None,
    injection: Path | None = None,
    segmenter: str = "both",
    priors: Path | None = None,
    dicom: Annotated[bool, Parameter(negative="")] = False,
    language: Literal["en", "de"] = "en",
    labelmap: Annotated[bool, Parameter(negative="")] = False,
    also: Annotated[
        list[Literal["cad", "dose", "calibre", "thickness"]] | None,
        Parameter(negative=""),
    ] = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    quiet: Annotated[bool, Parameter(alias="-q", negative="")] = False,
) -> int:
    """Read a study: ducts, findings, where they lie, what to consider.

    Parameters
    ----------
    study
        DICOM file, folder or zip; or a PNG or TIFF with --pixel-spacing.
    out
        Folder to write to; it must be absent or empty.
    pixel_spacing
        Millimetres between pixels in the breast, for images that do not say.
    laterality
        Side, for images that do not say.
    view
        View position, for images that do not say.
    force
        Read images that are not mammograms too.
    age
        Of the patient, years.
    discharge
        Colour of the nipple discharge.
    orifices
        How many openings of the nipple discharge.
    presentation
        TOML file with what is known of the patient.
    injection
        Record of the injection, TOML or JSON; see `galactograph exam record`.
    segmenter
        How filled ducts are told from the rest: "both" (ridges that a network
        weighs), "ridges", "learned" (the network alone), or a plugin's name.
    priors
        TOML file that says how common each cause is where the patient comes from,
        such as `duct-ectasia = 0.3`; as published if not given.
    dicom
        Write the results as DICOM objects too, into OUT/dicom, for a PACS.
    language
        Of the report: English or German.
    labelmap
        With --dicom: masks as label maps, which few archives store yet.
    also
        With --dicom: CAD marks, a dose report, maps of the calibre of ducts or of the
        thickness of contrast; may be given several times.
    overwrite
        Replace earlier results in OUT, if nothing else is there.
    as_json
        Print the reading as JSON instead of a summary.
    quiet
        Show no progress.
    """
    import galactograph
    from galactograph.reporting import FolderInUse, reading_document, text_summary
    from galactograph.reporting.folder import check_free
    from galactograph.values.record_text import load_record

    if (labelmap or also) and not dicom:
        raise UsageError("--labelmap and --also choose DICOM objects; add --dicom")
    known = known_of(presentation, age=age, discharge=discharge, orifices=orifices)
    record = None if injection is None else load_record(injection)
    common = None if priors is None else shares(priors)
    try:
        check_free(out, overwrite=overwrite)
    except FolderInUse as error:
        raise UsageError(str(error)) from None
    with progress(f"reading {study}", quiet=quiet) as tell:
        report = galactograph.read(
            study,
            pixel_spacing_mm=pixel_spacing,
            laterality=None if laterality is None else Laterality(laterality),
            position=view,
            presentation=known,
            injection=record,
            segmenter=segmenter,
            priors=common,
            force=force,
            progress=part(tell, 0.0, 0.85),
            processes=2,
        )
        tell("drawing", 0.85)
        beside = (
            _dicom_files(study, report, labelmap=labelmap, also=also or ())
            if dicom
            else None
        )
        paths = report.save(out, overwrite=overwrite, beside=beside, language=language)
        tell("done", 1.0)
    if as_json:
        files = {name: str(path) for name, path in paths.items()}
        print(json.dumps({**reading_document(report), "files": files}))
        return OK
    print(text_summary(report))
    print(f"Report: {paths['report']}")
    return OK


def _dicom_files(
    study: Path, report: Report, *, labelmap: bool, also: Sequence[Extra]
) -> Callable[[Path], dict[str, bytes]]:
    """Return what makes the DICOM files, once the rest lies in a folder."""
    from datetime import datetime

    from galactograph.dicom.results import Wanted, results
    from galactograph.pictures import lumen_mask

    def made_of(folder: Path) -> dict[str, bytes]:
        lumens = [lumen_mask(reading) > 0 for reading in report.readings]
        made = datetime.now().astimezone()
        printed = (folder / "report.pdf").read_bytes()
        wanted = Wanted(labelmap=labelmap, also=tuple(also), pdf=printed)
        files = results(study, report, lumens, made=made, wanted=wanted)
        return {f"dicom/{name}": content for name, content in files.items()}

    return made_of
