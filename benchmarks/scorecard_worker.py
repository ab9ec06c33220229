"""One study of the scorecard, one process.

make, read or rescore, then size, first seed, row, folder and out:

`make` simulates a row of the table and writes it as DICOM; `read` reads those files,
scores and draws them, and keeps reading and truth; `rescore` measures what was kept.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.children import MIB_PER_KIB
from benchmarks.scorecard_design import DENSITIES, DILUTION, DOSES, Row, table
from galactograph.phantom.anatomy import Anatomy, draw
from galactograph.seeds import stream
from galactograph.simulation import draw_patient, draw_procedure, simulate
from galactograph.values.patient import Colour, Patient
from galactograph.values.procedure import Exposure, Procedure, ViewPosition
from galactograph.values.truth import Simulation

LITTLE_MM = 0.1
"""Pixel of the small panel of a trial run."""

BLOODY = frozenset({Colour.BLOODY, Colour.SEROSANGUINEOUS})

Document = dict[str, Any]


def anatomy(row: Row, *, small: bool) -> Anatomy:
    """Return what a row asks of the breast."""
    asked = Anatomy(
        lesion=None if row.kind == "none" else row.kind,  # type: ignore[arg-type]
        lesion_size_mm=row.size_mm,
        density=DENSITIES[row.density],
        obstructs=False if row.size_mm is not None and row.size_mm < 2 else None,
    )
    if not small:
        return asked
    return replace(asked, depth_mm=55.0, radius_mm=50.0, branches=60, lobes=3)


def patient(row: Row, seed: int, *, small: bool) -> Patient:
    """Return who is examined; what she tells is told to the reader."""
    build = draw(anatomy(row, small=small), rng=stream(seed, "anatomy"))
    return draw_patient(build, rng=stream(seed, "patient"))


def procedure(row: Row, seed: int, *, small: bool) -> Procedure:
    """Return what is done: views, dose and contrast as the row has them."""
    build = draw(anatomy(row, small=small), rng=stream(seed, "anatomy"))
    who = draw_patient(build, rng=stream(seed, "patient"))
    drawn = draw_procedure(build, who, stream(seed, "procedure"), vendor=row.vendor)
    shots = [_dosed(shot, row, small=small) for shot in drawn.exposures]
    kept = tuple(
        shot
        for shot in shots
        if (shot.contrast or row.scout == "yes")
        and (shot.position is ViewPosition.CC or row.views == "2")
    )
    iodine = drawn.injection.iodine_mg_ml
    if row.contrast == "third":
        iodine *= DILUTION
    if row.kind == "none":
        iodine = 0.0
    injection = replace(drawn.injection, iodine_mg_ml=iodine)
    return replace(drawn, exposures=kept, injection=injection)


def _dosed(shot: Exposure, row: Row, *, small: bool) -> Exposure:
    if small and row.modality == "radiograph":
        shot = replace(shot, rows=1120, columns=720, pixel_mm=LITTLE_MM)
    return replace(shot, mas=round(shot.mas * DOSES[row.dose], 1))


def made(row: Row, seed: int, *, small: bool) -> Simulation:
    """Simulate one row."""
    from galactograph.plugins import plugin

    return simulate(
        seed=seed,
        patient=patient(row, seed, small=small),
        procedure=procedure(row, seed, small=small),
        anatomy=anatomy(row, small=small),
        modality=plugin("modalities", row.modality),
    )


def make(row: Row, seed: int, folder: Path, *, small: bool) -> None:
    """Write one study as DICOM, in the one look that the row has."""
    from galactograph.examples import write_study

    for path in write_study(made(row, seed, small=small), folder):
        pretty = path.name.endswith("-presentation.dcm")
        if row.modality == "radiograph" and pretty != (row.look == "presentation"):
            path.unlink()
    spent = {"make_cpu": time.process_time()}
    (folder / "truth" / "cost.json").write_text(json.dumps(spent), "utf-8")


def read(row: Row, seed: int, folder: Path, out: Path, *, small: bool) -> None:
    """Read the study in `folder`; keep reading, truth, score and pictures in `out`."""
    import cv2

    import galactograph
    from benchmarks.overlays import draw as picture
    from galactograph.reporting import reading_document
    from galactograph.trials import documents
    from galactograph.trials.samples import sample

    cv2.setNumThreads(1)
    known = patient(row, seed, small=small).presentation
    begin, used = time.perf_counter(), time.process_time()
    report = galactograph.read(folder, presentation=known)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_PER_KIB
    truth = documents.load_truth(folder)
    bloody = known.discharge.colour in BLOODY
    truth["presentation"] = {"age": known.age, "bloody": bloody}
    document = reading_document(report)
    abouts = {view["source"]: view for view in truth["views"]}
    for reading, view in zip(report.readings, document["views"], strict=True):
        about = abouts[documents.name_of(view["source"])]
        true = documents.true_ducts(about, truth)
        found = documents.read_ducts(view, true.pixel_mm)
        path = out / "views" / f"{row.name}-{about['view'].lower()}.png"
        picture(reading, report, about, (sample(true), sample(found)), path)
    kept = {"reading": document, "truth": truth}
    (out / f"{row.name}.kept.json.gz").write_bytes(
        gzip.compress(json.dumps(kept).encode(), mtime=0)
    )
    cost = {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mib": peak,
        "views_read": len(report.readings),
        "pixels": sum(r.view.image.pixels.size for r in report.readings),
        "branches": sum(len(v["ducts"]["branches"]) for v in document["views"]),
    }
    result = _scored(row, seed, kept)
    # All that it took, imports and scoring too.
    cost |= json.loads((folder / "truth" / "cost.json").read_text("utf-8"))
    cost["read_cpu"] = time.process_time()
    _write(row, out, {**result, "cost": cost})


def rescore(row: Row, seed: int, out: Path) -> None:
    """Measure again what was read; pictures and costs stay as they are."""
    kept = json.loads(gzip.decompress((out / f"{row.name}.kept.json.gz").read_bytes()))
    before = json.loads((out / f"{row.name}.json").read_text("utf-8"))
    _write(row, out, {**_scored(row, seed, kept), "cost": before["cost"]})


def _scored(row: Row, seed: int, kept: Document) -> Document:
    from galactograph.trials import scoring

    return {
        "row": asdict(row),
        "seed": seed,
        "kind": row.kind,
        "dilute": row.contrast == "third",
        **scoring.score(kept["reading"], kept["truth"]),
    }


def _write(row: Row, out: Path, result: Document) -> None:
    (out / f"{row.name}.json").write_text(json.dumps(result), "utf-8")


def main() -> None:
    what, size, first, number, folder, out = sys.argv[1:]
    row, small = table()[int(number)], size == "small"
    seed = int(first) + row.number
    if what == "make":
        make(row, seed, Path(folder), small=small)
    elif what == "read":
        read(row, seed, Path(folder), Path(out), small=small)
    else:
        rescore(row, seed, Path(out))


if __name__ == "__main__":
    main()
