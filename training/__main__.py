"""Train the segmenter: `python -m training --bank BANK --out ducts.onnx`.

Makes the bank if it is not there, fits the network, and writes its weights. The same
number of views and rounds gives the same weights on the same machine.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

import cv2
import torch

from training import bank, export
from training.fitting import Plan, fit
from training.model import Network


def main(arguments: list[str] | None = None) -> int:
    """Make the bank, fit, export."""
    parser = argparse.ArgumentParser(prog="python -m training")
    parser.add_argument("--bank", type=Path, required=True, help="folder of the bank")
    parser.add_argument("--out", type=Path, required=True, help="weights to write")
    parser.add_argument("--views", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=Plan().rounds)
    parser.add_argument(
        "--budget", type=float, default=float("inf"), help="seconds, at most"
    )
    options = parser.parse_args(arguments)
    # Sums of several threads differ in the last bit from run to run.
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    bank.make(options.bank, options.views, float("inf"))
    paths = sorted(options.bank.glob("*.npz"))[: options.views]
    views = [bank.load(path) for path in paths]
    tell = partial(print, flush=True)
    tell(f"{len(views)} views")
    plan = Plan(rounds=options.rounds)
    keep = partial(_keep, options.out, plan)
    network, rounds = fit(views, plan, budget_s=options.budget, tell=tell, keep=keep)
    facts = {
        "views": str(len(views)),
        "rounds": str(rounds),
        "seed": str(bank.FIRST_SEED),
        "use": "research only; proposes filled ducts, measures nothing",
    }
    export.save(network, options.out, facts, plan.rare)
    tell(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


def _keep(out: Path, plan: Plan, network: Network, rounds: int) -> None:
    """Write weights that are not final beside the final ones."""
    path = out.with_suffix(".part.onnx")
    export.save(network, path, {"rounds": str(rounds)}, plan.rare)


if __name__ == "__main__":
    sys.exit(main())
