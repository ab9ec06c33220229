"""Draw a report: all its pictures, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from galactograph.language import ENGLISH, Tongue
from galactograph.pictures import grey, lettering, overlays, vectors
from galactograph.pictures.charts import profile
from galactograph.pictures.clock import surgeon
from galactograph.pictures.colours import CALIBRE, CALIBRE_PX, GENERATION
from galactograph.pictures.crops import crops
from galactograph.pictures.marks import breast_box, names, outer_side
from galactograph.pictures.places import location
from galactograph.pictures.space import space
from galactograph.pictures.speaking import spoken_plates
from galactograph.pictures.tubes import lumen_mask
from galactograph.values.plates import FindingPlates, Plate, Plates, ViewPlates
from galactograph.values.report import Finding, Reading, Report


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How large pictures are.

    Attributes
    ----------
    picture_px
        Longer side of a view in the report; shared out when there are many views,
        so that the whole page stays under 3 MB. (assumed: sharp on A4 at 150 dpi)
    overlay_px
        Longer side of the overlay picture.
    most_pictured
        Findings beyond this many are listed without pictures.
    """

    picture_px: int = 1500
    overlay_px: int = 2000
    most_pictured: int = 16


def draw(
    report: Report, settings: Settings | None = None, *, tongue: Tongue = ENGLISH
) -> Plates:
    """Draw every picture of a report.

    Parameters
    ----------
    tongue
        Language of the words in the drawings.

    Returns
    -------
    Plates
        In the order of the report's readings and findings.
    """
    settings = settings or Settings()
    share = min(1.0, (3 / max(1, len(report.readings))) ** 0.5)
    longest = round(settings.picture_px * share)
    # Encoding holds up nobody: while one view is packed another is painted.
    with ThreadPoolExecutor(2) as pool:
        drawing = [
            pool.submit(_view, reading, report.findings, longest, settings.overlay_px)
            for reading in report.readings
        ]
        views = tuple(view.result() for view in drawing)
    titles = names(report.findings)
    drawn = []
    for number, finding in enumerate(report.findings):
        if number >= settings.most_pictured:
            drawn.append(FindingPlates(crops=()))
            continue
        grid = report.readings[finding.places[0].view].view.image.grid
        nominal = None if grid.has_millimetres else grid.pixel_mm
        drawn.append(
            FindingPlates(
                crops=crops(finding, report.readings, titles[number]),
                profile=profile(finding, titles[number], pixel_mm=nominal),
            )
        )
    plates = Plates(
        views=views,
        findings=tuple(drawn),
        location=location(report),
        legends={
            "calibre": CALIBRE,
            "calibre-px": CALIBRE_PX,
            "generation": GENERATION,
        },
        surgeon=surgeon(report, tongue),
        space=space(report, tongue),
    )
    return spoken_plates(plates, tongue)


def _view(
    reading: Reading, findings: tuple[Finding, ...], longest: int, overlay_px: int
) -> ViewPlates:
    picture = view_plate(reading, findings, longest)
    loose = Plate(
        pixels=picture.pixels,
        view_box=picture.view_box,
        alt=picture.alt,
        layers={
            **picture.layers,
            "legend": overlays.legend_layer(reading, breast_box(reading)),
        },
    )
    painted = overlays.paint(reading, findings, longest=overlay_px)
    return ViewPlates(
        picture=picture,
        mask_png=grey.png(lumen_mask(reading)),
        overlay_png=grey.png(painted),
        overlay_svg=overlays.standalone(loose, f"Ducts traced in {reading.view.name}"),
    )


def view_plate(reading: Reading, findings: tuple[Finding, ...], longest: int) -> Plate:
    """Draw the breast of one view, at most `longest` pixels, with its layers."""
    box = breast_box(reading)
    shown = grey.show(reading, box, longest)
    if reading.view.simulated:
        size = max(11, round(0.016 * max(shown.shape)))
        left = outer_side(reading) == "left"
        corner: lettering.Corner = "bottom left" if left else "bottom right"
        shown = lettering.stamp(shown, "SIMULATED", corner, size)
    top, first, bottom, last = (float(edge) for edge in box)
    return Plate(
        pixels=grey.jpeg(shown),
        view_box=(first, top, last - first, bottom - top),
        layers={
            "calibre": vectors.ducts(reading, "calibre"),
            "generation": vectors.ducts(reading, "generation"),
            "nipple": vectors.nipple(reading, box),
            "findings": vectors.findings(reading, findings, box),
            "frame": vectors.frame(reading, box),
        },
        alt=_words(reading, findings),
    )


def _words(reading: Reading, findings: tuple[Finding, ...]) -> str:
    seen = [
        name
        for name, finding in zip(names(findings), findings, strict=True)
        if any(place.view == reading.index for place in finding.places)
    ]
    count = len(reading.ducts)
    trees = "no duct was traced" if count == 0 else f"{count} traced duct tree(s)"
    marked = f"; findings marked: {', '.join(seen)}" if seen else "; no finding marked"
    return f"Galactogram {reading.view.name}: {trees}{marked}."


def thumbnail(report: Report, longest: int = 480) -> Plate:
    """Draw the first view small, its ducts coloured by calibre."""
    reading = report.readings[0]
    plate = view_plate(reading, report.findings, longest)
    kept = {k: v for k, v in plate.layers.items() if k != "generation"}
    return replace(plate, layers=kept)
