"""Read one file twice in one process: `python -m benchmarks.inside FILE`."""

from __future__ import annotations

import json
import sys
import time

import galactograph


def main() -> None:
    """Print the seconds of the first and the second reading, and the branches."""
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        report = galactograph.read(sys.argv[1])
        seconds.append(time.perf_counter() - begin)
    branches = sum(len(duct.tree.branches) for duct in report.readings[0].ducts)
    print(json.dumps({"first": seconds[0], "second": seconds[1], "branches": branches}))


if __name__ == "__main__":
    main()
