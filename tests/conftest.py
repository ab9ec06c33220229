"""Let tests share their builders: `from reports import ...`."""

import os
import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

# What is checked for everybody gives the same answer each time; at a desk, examples
# are drawn anew, and what they find is kept as an @example.
settings.register_profile("same", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("same")
