"""What the paper publishes: starting points, minima and tabulated data, read from mgh.json."""

import json
from pathlib import Path

import numpy as np

PUBLISHED = {row["number"]: row for row in json.loads((Path(__file__).parent / "mgh.json").read_text(encoding="utf-8"))["problems"]}
DATA = {number: {name: np.array(values) for name, values in row["data"].items()} for number, row in PUBLISHED.items() if "data" in row}
