"""The network: a small U-Net behind a stem that halves the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTHS = (16, 32, 64, 128, 192)
"""Channels of each level; chosen for 1.2 s a view on two cores (measured)."""

ANSWERS = 2
"""Lumen and centreline."""


def _pair(before: int, after: int) -> nn.Sequential:
    """Return two convolutions."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
        nn.Conv2d(after, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class Network(nn.Module):
    """From a prepared view (N, 1, H, W) to log odds (N, 2, H, W).

    H and W are multiples of 32.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, widths[0], 5, stride=2, padding=2)
        self.down = nn.ModuleList(
            _pair(widths[max(k - 1, 0)], widths[k]) for k in range(len(widths))
        )
        levels = range(len(widths) - 1, 0, -1)
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(widths[k], widths[k - 1], 2, 2) for k in levels
        )
        self.join = nn.ModuleList(
            _pair(2 * widths[k - 1], widths[k - 1]) for k in levels
        )
        # Four log odds a half-size pixel: one for each of its whole-size pixels.
        self.head = nn.Conv2d(widths[0], 4 * ANSWERS, 3, padding=1)

    def forward(self, seen: Tensor) -> Tensor:
        """Return log odds."""
        at = functional.relu(self.stem(seen))
        kept = []
        for number, pair in enumerate(self.down):
            at = pair(at if number == 0 else functional.max_pool2d(at, 2))
            kept.append(at)
        for number, (grow, join) in enumerate(zip(self.grow, self.join, strict=True)):
            at = join(torch.cat([grow(at), kept[-2 - number]], dim=1))
        return functional.pixel_shuffle(self.head(at), 2)
