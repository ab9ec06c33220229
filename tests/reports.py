"""Believable reports without any reader: drawn ducts on a drawn breast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from galactograph.values.codes import (
    Action,
    Adequacy,
    CauseName,
    Depth,
    FindingKind,
    Laterality,
)
from galactograph.values.geometry import NOMINAL_SPACING_MM, Grid, SpacingKind
from galactograph.values.image import DuctMap, Image
from galactograph.values.report import (
    AdequacyVerdict,
    Advice,
    Assessment,
    Cause,
    Duct,
    Finding,
    Nipple,
    Place,
    Profile,
    Provenance,
    Reading,
    Reason,
    Report,
    Scene,
    SceneObject,
)
from galactograph.values.study import GreyScale, Problem, View
from galactograph.values.tree import DuctTree


def grow(
    rng: np.random.Generator, start: tuple[float, float], step_mm: float = 0.5
) -> DuctTree:
    """Grow a planar tree leftward from `start` (x, y) in mm."""
    points, parents, radii = [(*start, 0.0)], [-1], [0.9]
    stack = [(0, np.pi, 0.9, 0)]
    while stack:
        node, angle, radius, generation = stack.pop()
        at, bend = node, rng.normal(0, 0.03)
        for _ in range(int(rng.uniform(8, 14) / step_mm)):
            bend = 0.95 * bend + rng.normal(0, 0.015)
            angle += bend * step_mm
            x, y, _z = points[at]
            points.append(
                (x + step_mm * np.cos(angle), y + step_mm * np.sin(angle), 0.0)
            )
            parents.append(at)
            radius *= 0.997
            radii.append(radius)
            at = len(points) - 1
        if generation < 4 and radius > 0.12:
            fork = rng.uniform(0.3, 0.55)
            stack.append((at, angle + fork * 0.5, radius * 0.75, generation + 1))
            stack.append((at, angle - fork, radius * 0.6, generation + 1))
    return DuctTree(
        points_mm=np.array(points), parents=np.array(parents), radii_mm=np.array(radii)
    )


def duct(tree: DuctTree, grid: Grid, *, rooted: bool = True) -> Duct:
    """Measure a tree exactly."""
    index = grid.index_from_panel(tree.points_mm)
    n = len(tree)
    return Duct(
        tree=tree,
        rows=index[:, 1],
        columns=index[:, 2],
        calibre_mm=2 * tree.radii_mm,
        sigma_mm=np.full(n, 0.03),
        contrast=0.8 * 2 * tree.radii_mm,
        opacity_per_mm=np.full(n, 0.8),
        overlap=np.zeros(n, bool),
        rooted=rooted,
    )


def picture(
    rng: np.random.Generator, grid: Grid, ducts: Iterable[Duct], *, nipple_row: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return attenuation of a drawn breast with its ducts, and the breast mask."""
    rows, columns = grid.shape
    v, u = np.mgrid[:rows, :columns].astype(np.float32)
    edge = 1 - ((v - nipple_row) / (0.42 * rows)) ** 2 - (u / (0.78 * columns)) ** 2
    breast = edge > 0
    noise = rng.normal(0, 1, (rows // 8 + 1, columns // 8 + 1)).astype(np.float32)
    soft = cv2.GaussianBlur(
        cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC), (0, 0), 9
    )
    body = 1.8 * np.clip(edge * 3, 0, 1) ** 0.35 + 0.6 * soft * np.clip(edge, 0, 1)
    lumen = np.zeros((rows, columns), np.float32)
    for each in ducts:
        for node in range(1, len(each.tree)):
            parent = each.tree.parents[node]
            start, end = (
                (round(each.columns[k] * 16), round(each.rows[k] * 16))
                for k in (parent, node)
            )
            width = max(1, round(each.calibre_mm[node] / grid.pixel_mm))
            cv2.line(
                lumen,
                start,
                end,
                0.8 * each.calibre_mm[node],
                width,
                cv2.LINE_AA,
                4,
            )
    lumen = cv2.GaussianBlur(lumen, (0, 0), 1.0)
    grain = rng.normal(0, 0.02, (rows, columns)).astype(np.float32)
    attenuation = np.where(breast, body, 0).astype(np.float32) + lumen + grain
    return attenuation.astype(np.float32), breast


def reading(
    *,
    index: int = 0,
    position: str = "CC",
    seed: int = 1,
    scale: int = 1,
    spacing_kind: SpacingKind = SpacingKind.MAGNIFICATION_CORRECTED,
    status: Adequacy = Adequacy.ADEQUATE,
) -> Reading:
    """Return one view read; `scale` 4 gives a full-size picture."""
    rng = np.random.default_rng(seed)
    pixel = NOMINAL_SPACING_MM if spacing_kind is SpacingKind.NONE else 0.28 / scale
    grid = Grid(
        shape=(832 * scale, 640 * scale),
        spacing_mm=(pixel, pixel),
        spacing_kind=spacing_kind,
    )
    rows, columns = grid.shape
    nipple_row, nipple_column = 0.5 * rows, 0.775 * columns
    ducts: tuple[Duct, ...] = ()
    if status is not Adequacy.NO_CONTRAST:
        start = (nipple_column * pixel, nipple_row * pixel)
        ducts = (
            duct(grow(rng, start), grid),
            duct(
                grow(rng, (start[0] - 55 * pixel, start[1] + 30.0)), grid, rooted=False
            ),
        )
    pixels, breast = picture(rng, grid, ducts, nipple_row=nipple_row)
    view = View(
        image=Image(pixels=pixels, grid=grid),
        source=f"L_{position}.dcm",
        grey_scale=GreyScale.ATTENUATION,
        laterality=Laterality.LEFT,
        position=position,
        sop_instance_uid=f"2.25.{index + 1}",
        orientation=("A", "R") if position == "CC" else ("A", "F"),
        role_reason="Contrast/Bolus Agent is given",
        simulated=True,
        notes=("Air level taken from the image.",),
    )
    skin = np.argwhere(breast)[::997].astype(float)
    empty = np.zeros((rows, columns), np.float32)
    scene = Scene(
        excess=empty,
        breast=breast,
        skin=skin,
        chest_wall="left",
        nipple=Nipple(row=nipple_row, column=nipple_column, confidence=0.9),
        noise=0.02,
        objects=(SceneObject(kind="text", box=(10, 10, 30, 90)),),
    )
    return Reading(
        index=index,
        view=view,
        scene=scene,
        duct_map=DuctMap(
            probability=empty,
            centreline=np.zeros((rows, columns), bool),
            scale_px=empty,
            orientation_rad=empty,
        ),
        ducts=ducts,
        strips=(),
        adequacy=AdequacyVerdict(status=status, reasons=("Ducts fill to the tips.",)),
        opacity_per_mm=0.8,
    )


def place(of: Reading, node: int, size_px: float = 6.0) -> Place:
    """Return a place at a point of the first duct, with a round outline."""
    first = of.ducts[0]
    row, column = float(first.rows[node]), float(first.columns[node])
    turn = np.linspace(0, 2 * np.pi, 17)
    outline = tuple(
        (float(row + size_px * np.sin(t)), float(column + 1.6 * size_px * np.cos(t)))
        for t in turn
    )
    return Place(
        view=of.index,
        row=row,
        column=column,
        duct=0,
        branch=int(first.tree.branch_numbers[node]),
        outline=outline,
    )


def profile() -> Profile:
    """Return a dip in a tapering duct."""
    s = np.linspace(0, 14, 57)
    expected = 1.7 - 0.02 * s
    dip = np.exp(-(((s - 7) / 1.6) ** 4))
    return Profile(
        s_mm=tuple(s.tolist()),
        calibre_mm=tuple((expected * (1 - 0.3 * dip)).tolist()),
        expected_mm=tuple(expected.tolist()),
        filled_fraction=tuple((1 - 0.75 * dip).tolist()),
        first=22,
        last=34,
    )


def findings(readings: tuple[Reading, ...]) -> tuple[Finding, ...]:
    """Return a defect seen in every view, ectasia, and a bubble."""
    defect = Finding(
        kind=FindingKind.FILLING_DEFECT,
        places=tuple(place(each, 30) for each in readings),
        confidence=0.86,
        length_mm=4.1,
        width_mm=1.5,
        along_duct_mm=23.4,
        straight_mm=21.9,
        clock="2",
        depth=Depth.ANTERIOR,
        shape="lobulated",
        causes=(
            Cause(
                name=CauseName.PAPILLOMA,
                probability=0.71,
                arithmetic="prior 0.48 x defect 0.80 x lobulated 0.6 = 0.230",
            ),
            Cause(name=CauseName.DCIS, probability=0.12, arithmetic="0.08 x 0.5"),
            Cause(name=CauseName.OTHER_BENIGN, probability=0.11),
            Cause(name=CauseName.ARTEFACT, probability=0.06),
        ),
        explanation=(
            "Contrast is missing over 4.1 mm of a 1.6 mm duct; 75 % of the lumen is "
            "not filled while the duct keeps its width."
        ),
        profile=profile(),
        identifier="F1",
    )
    bubble = Finding(
        kind=FindingKind.AIR_BUBBLE,
        places=(place(readings[0], 60, 3.0),),
        confidence=0.55,
        length_mm=0.9,
        width_mm=0.9,
        along_duct_mm=38.0,
        straight_mm=33.5,
        explanation="Round, sharply bounded, without any contrast.",
        identifier="F2",
    )
    return defect, bubble


def report(
    *,
    views: tuple[str, ...] = ("CC", "ML"),
    scale: int = 1,
    spacing_kind: SpacingKind = SpacingKind.MAGNIFICATION_CORRECTED,
    normal: bool = False,
) -> Report:
    """Return a whole report."""
    readings = tuple(
        reading(
            index=k, position=name, seed=k + 3, scale=scale, spacing_kind=spacing_kind
        )
        for k, name in enumerate(views)
    )
    return Report(
        study_uid="2.25.77",
        laterality=Laterality.LEFT,
        readings=readings,
        findings=() if normal else findings(readings),
        assessment=Assessment(
            level="DG1" if normal else "DG3",
            text=(
                "Adequate study without an abnormal duct. A normal galactogram does "
                "not rule out disease."
                if normal
                else "Solitary lobulated filling defect in a central duct."
            ),
        ),
        advice=(
            Advice(
                action=Action.SURVEILLANCE if normal else Action.MICRODOCHECTOMY,
                reasons=(
                    Reason(
                        rule="GM101",
                        text="Consider excision of the one abnormal duct.",
                        source="Rawlinson & Alderson",
                    ),
                ),
            ),
        ),
        provenance=Provenance(version="0.1.0", settings={"least_snr": 4.0}),
        problems=(Problem(source="broken.dcm", reason="The file ends too early."),),
        notes=("Views were paired on their distance from the nipple.",),
    )


def little(*, normal: bool = False) -> Report:
    """Return a report with one fork in each view: three branches."""
    whole = report(normal=normal)
    readings = []
    for reading in whole.readings:
        grid = reading.view.image.grid
        ends = [[90, 80, 0], [80, 80, 0], [70, 75, 0], [70, 85, 0], [60, 90, 0]]
        tree = DuctTree(
            points_mm=np.array(ends, float),
            parents=np.array([-1, 0, 1, 1, 3]),
            radii_mm=np.array([0.9, 0.8, 0.5, 0.6, 0.4]),
        )
        readings.append(replace(reading, ducts=(duct(tree, grid),)))
    places = (
        [replace(p, branch=1) for p in whole.findings[0].places] if not normal else []
    )
    findings = tuple(replace(f, places=tuple(places)) for f in whole.findings)
    return replace(whole, readings=tuple(readings), findings=findings)


def no_contrast() -> Report:
    """Return the report of a study without contrast."""
    whole = report(views=("CC",), normal=True)
    bare = reading(status=Adequacy.NO_CONTRAST)
    return replace(
        whole, readings=(bare,), assessment=Assessment(level="DG0", text="No contrast.")
    )
