"""Gives a program that has no VOD SDK a supply of grants and a meddling proxy, then runs it."""

import json
import os
import subprocess
import sys

from common import STALE, Meddler, grant

supply = {
    "grants": [grant() for _ in range(40)],
    "stale": [grant(STALE) for _ in range(4)],
    "meddler": {"endpoint": Meddler().endpoint, "word": Meddler.WORD},
}
environment = {**os.environ, "SUPPLY": json.dumps(supply)}
sys.exit(subprocess.run(sys.argv[1:], env=environment).returncode)
