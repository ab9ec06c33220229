"""Reports to tell: simulated, real, recorded, normal, without millimetres."""

from __future__ import annotations

from dataclasses import replace

import reports
from galactograph.values.codes import Laterality
from galactograph.values.patient import Colour, Discharge, Presentation
from galactograph.values.record import Agent, InjectionRecord, OrificePlace, StopReason
from galactograph.values.report import Report


def recorded(whole: Report | None = None) -> Report:
    """Return a report with an indication and the record of its injection."""
    return replace(
        whole or reports.report(),
        presentation=Presentation(
            age=47,
            discharge=Discharge(colour=Colour.BLOODY, spontaneous=True, orifices=1),
            palpable_mass=False,
        ),
        injection=InjectionRecord(
            laterality=Laterality.LEFT,
            orifice_clock="10:30",
            orifice_place=OrificePlace.PERIPHERAL,
            orifice_mm=3.0,
            gauge=30,
            agent=Agent.IOHEXOL,
            iodine_mg_ml=300.0,
            volume_ml=0.45,
            reflux=False,
            stop_reason=StopReason.FULLNESS,
        ),
    )


def real(whole: Report) -> Report:
    """Return the same report of a real patient."""
    readings = tuple(
        replace(r, view=replace(r.view, simulated=False)) for r in whole.readings
    )
    return replace(whole, readings=readings)
