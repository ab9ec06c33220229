"""Score one study: a reading beside its truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from galactograph.errors import Unreadable
from galactograph.trials import advising, documents, findings
from galactograph.trials.calibres import pairs
from galactograph.trials.junctions import told_apart
from galactograph.trials.lengths import LEAST_MM, branches, lengths, netmets
from galactograph.trials.masks import betti_errors, overlap
from galactograph.trials.samples import sample
from galactograph.trials.space import lifted
from galactograph.trials.topology import parents, root

Document = Mapping[str, Any]
Score = dict[str, Any]


def score(reading: Document, truth: Document) -> Score:
    """Return all that is measured of one study, ready for JSON.

    Parameters
    ----------
    reading
        As the reading contract has it; by any reader.
    truth
        As it lies beside a simulated study. It may hold `presentation`: what the
        reader was told of the patient (`age`, `bloody`).

    Returns
    -------
    dict
        `views`, one entry for each view that was read and that the truth knows;
        `lesions`, `marks` and `unreached` (see `findings.match`); `advice`; `level`;
        `space` (see `space.lifted`).

    Raises
    ------
    Unreadable
        If no view of the reading is one of the truth.
    """
    known = {view["source"]: view for view in truth["views"]}
    views = [
        view_score(view, known[name], truth)
        for view in reading["views"]
        if (name := documents.name_of(view["source"])) in known
    ]
    if not views:
        raise Unreadable("the reading and the truth have no view in common")
    targets = documents.targets(truth)
    true = advising.extent(truth, [bool(target.spots) for target in targets])
    actions = [advice["action"] for advice in reading["advice"]]
    return {
        "views": views,
        **findings.match(targets, documents.marks(reading, truth)),
        "advice": {
            "true": str(true),
            "actions": actions,
            "fits": advising.fits(actions, true, truth.get("presentation")),
        },
        "space": lifted(reading.get("ducts_3d", ()), truth),
        "level": reading["assessment"]["level"],
    }


def view_score(view: Document, about: Document, truth: Document) -> Score:
    """Return the scores of one view."""
    mm = documents.pixel_mm(about)
    true, found = documents.true_ducts(about, truth), documents.read_ducts(view, mm)
    real, read = sample(true), sample(found)
    nipple, spot, off = view["nipple"], about["nipple"], None
    if nipple is not None:
        off = mm * float(
            np.hypot(nipple["row"] - spot["row"], nipple["column"] - spot["column"])
        )
    parent_mm, asked_mm = parents(true, found)
    return {
        "source": about["source"],
        "view": about["view"],
        "frames": about.get("frames", 1),
        "expected": about["adequacy"],
        "adequacy": view["adequacy"]["status"],
        "nipple_mm": off,
        "length_mm": found.length_mm,
        "true_wide_mm": true.down_to(LEAST_MM).length_mm,
        "lengths": lengths(real, read, pixel_mm=mm),
        "branches": list(branches(true, read)),
        "netmets": netmets(real, read, pixel_mm=mm),
        "overlap": overlap(true, found),
        "betti": betti_errors(true, found),
        "parents": [parent_mm, asked_mm],
        "root": root(true, found),
        "junctions": told_apart(true, found),
        "calibres": [list(pair) for pair in pairs(real, read, pixel_mm=mm)],
    }
