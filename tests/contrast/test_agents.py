"""How thick contrast is, and what the cannula costs."""

import pytest

from galactograph.contrast import line_mmhg, viscosity_mpas
from galactograph.contrast.agents import BORE_MM, VISCOSITY
from galactograph.errors import InvalidValue
from galactograph.values.procedure import Injection


@pytest.mark.parametrize("agent", VISCOSITY)
def test_labelled_viscosities_are_met(agent: str) -> None:
    for strength, cold, warm in VISCOSITY[agent]:
        assert viscosity_mpas(agent, strength, 20) == pytest.approx(cold)
        assert viscosity_mpas(agent, strength, 37) == pytest.approx(warm)


@pytest.mark.parametrize("agent", VISCOSITY)
def test_stronger_and_colder_is_thicker(agent: str) -> None:
    strong = [viscosity_mpas(agent, s, 25) for s in range(0, 401, 20)]
    assert strong == sorted(strong)
    cold = [viscosity_mpas(agent, 300, t) for t in range(10, 41, 5)]
    assert cold == sorted(cold, reverse=True)


@pytest.mark.parametrize(
    ("gauge", "degrees", "kilopascal"),
    [(30, 20, 188), (30, 37, 100), (27, 20, 62), (27, 37, 33), (24, 20, 13)],
)
def test_the_cannula_costs_what_the_design_worked_out(
    gauge: int, degrees: float, kilopascal: float
) -> None:
    order = Injection(gauge=gauge, temperature_c=degrees)
    assert line_mmhg(order) * 0.133322 == pytest.approx(kilopascal, rel=0.04)


def test_what_is_not_known_is_named() -> None:
    with pytest.raises(InvalidValue, match="iohexol"):
        viscosity_mpas("milk", 300, 37)
    with pytest.raises(InvalidValue, match="gauge must be one of"):
        line_mmhg(Injection(gauge=7))


def test_wider_needles_have_wider_bores() -> None:
    bores = [BORE_MM[g] for g in sorted(BORE_MM)]
    assert bores == sorted(bores, reverse=True)
