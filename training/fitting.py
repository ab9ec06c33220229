"""Fit the network to pieces drawn as it goes; the same seed gives the same weights."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from galactograph.seeds import stream
from training.bank import FIRST_SEED, Bare
from training.model import Network
from training.pieces import Piece, Recipe, compose


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long and how fast to learn (assumed; reading.md's recipe)."""

    rounds: int = 9000
    pieces: int = 8
    rate: float = 2e-3
    warm_rounds: int = 100
    last_share: float = 0.01
    decay: float = 1e-4
    rare: tuple[float, float] = (1.5, 2.5)
    """How much more a missed pixel of lumen and of centreline counts than a false."""
    recipe: Recipe = field(default_factory=Recipe)


def rate_at(done: float, plan: Plan) -> float:
    """Return the learning rate after a share `done` of the work, in [0, 1]."""
    warm = min(1.0, (done * plan.rounds + 1) / plan.warm_rounds)
    fall = plan.last_share + (1 - plan.last_share) * 0.5 * (1 + np.cos(np.pi * done))
    return plan.rate * warm * float(fall)


def loss_of(odds: Tensor, truth: Tensor, weight: Tensor, plan: Plan) -> Tensor:
    """Return cross entropy and overlap loss; odds and truth are (N, 2, H, W)."""
    rare = torch.tensor(plan.rare).view(1, 2, 1, 1)
    entropy = functional.binary_cross_entropy_with_logits(
        odds, truth, weight=weight, pos_weight=rare
    )
    chance = torch.sigmoid(odds) * weight
    wanted = truth * weight
    both = (chance * wanted).sum((0, 2, 3))
    either = (chance + wanted).sum((0, 2, 3))
    overlap = 1 - (2 * both + 1) / (either + 1)
    return entropy + 0.5 * overlap.mean()


def batch(
    bank: list[Bare], number: int, seed: int, plan: Plan
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw the pieces of one round."""
    drawn: list[Piece] = [
        compose(bank, stream(seed, "piece", number, k), plan.recipe)
        for k in range(plan.pieces)
    ]
    seen = np.stack([p.seen for p in drawn])[:, None]
    truth = np.stack([np.stack([p.lumen, p.line]) for p in drawn])
    weight = np.stack([p.weight for p in drawn])[:, None]
    return torch.from_numpy(seen), torch.from_numpy(truth), torch.from_numpy(weight)


def fit(
    bank: list[Bare],
    plan: Plan,
    *,
    seed: int = FIRST_SEED,
    budget_s: float = float("inf"),
    tell: Callable[[str], None] = print,
    keep: Callable[[Network, int], None] | None = None,
) -> tuple[Network, int]:
    """Fit a network for `plan.rounds` rounds, or until `budget_s` has passed.

    Returns the network and the rounds that it had.

    A budget ends the fall of the learning rate on time, so that the last weights are
    settled ones; how many rounds fit in it depends on the machine. `keep` is given
    the network now and then, to be looked at before the end.
    """
    torch.manual_seed(seed % 2**31)
    network = Network().to(memory_format=torch.channels_last)
    ways = torch.optim.AdamW(
        network.parameters(), lr=plan.rate, weight_decay=plan.decay
    )
    begin, recent, done = time.monotonic(), [], 0
    for number in range(plan.rounds):
        spent = (time.monotonic() - begin) / budget_s
        if spent >= 1:
            break
        for group in ways.param_groups:
            group["lr"] = rate_at(max(number / plan.rounds, spent), plan)
        seen, truth, weight = batch(bank, number, seed, plan)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            odds = network(seen.contiguous(memory_format=torch.channels_last))
        loss = loss_of(odds.float(), truth, weight, plan)
        ways.zero_grad()
        loss.backward()
        ways.step()
        done = number + 1
        recent.append(float(loss.detach()))
        if done % 100 == 0:
            gone = time.monotonic() - begin
            tell(f"{done} rounds, loss {np.mean(recent):.4f}, {gone:.0f} s")
            recent = []
        if keep is not None and done % 500 == 0:
            keep(network, done)
    return network.eval(), done
