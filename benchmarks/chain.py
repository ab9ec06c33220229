"""What a user would put together today, on one picture: `python -m benchmarks.chain`.

scikit-image's Frangi filter over five scales, Otsu's threshold, a skeleton, and skan's
table of its branches. It does nothing of what comes after: no nipple, no tree, no
calibre in mm, no findings, no report.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from skimage.filters import frangi, threshold_otsu
from skimage.morphology import skeletonize

SIGMAS_PX = (1.5, 2.5, 4.0, 6.5, 10.0)


def main() -> None:
    """Load an array of attenuation (.npy), run the chain, print seconds as JSON."""
    # Only who runs the chain needs skan; its scales are others' too.
    from skan import Skeleton, summarize

    image = np.load(Path(sys.argv[1]))
    # skan compiles at its first call: that time is not counted.
    cross = np.zeros((9, 9), bool)
    cross[4], cross[:, 4] = True, True
    summarize(Skeleton(cross), separator="-")
    seconds = {}
    begin = time.perf_counter()
    strength = frangi(image, sigmas=SIGMAS_PX, black_ridges=False)
    seconds["frangi"] = time.perf_counter() - begin
    begin = time.perf_counter()
    inside = strength[strength > 0]
    mask = strength > threshold_otsu(inside)
    skeleton = skeletonize(mask)
    seconds["threshold and skeleton"] = time.perf_counter() - begin
    begin = time.perf_counter()
    branches = summarize(Skeleton(skeleton), separator="-")
    seconds["skan"] = time.perf_counter() - begin
    print(json.dumps({"seconds": seconds, "branches": len(branches)}))


if __name__ == "__main__":
    main()
