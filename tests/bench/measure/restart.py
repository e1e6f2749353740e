"""Start with many registrations: tests/bench/restart_time.py, in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile

from .programs import HERE, Builds
from .table import Figure


def restart(scale):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        done = subprocess.run([sys.executable, os.path.join(HERE, "..", "restart_time.py"), "--ipe", Builds.ipe,
                               "--endpoints", str(scale.endpoints), "--observed", str(scale.endpoints // 4),
                               "--seconds", str(scale.seconds), "--json", file.name],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError("restart_time.py: %s%s" % (done.stdout, done.stderr))
        starts = json.load(file)
    note = "{:,} registrations".format(scale.endpoints)
    return [Figure("restart_" + start["after"].replace(" ", "_"), "restart to the first answer, %s" % start["after"], "s",
                   start["seconds"], "<= 3", note if not number else "")
            for number, start in enumerate(starts)] + \
           [Figure("restart_cpu", "the same, processor time", "s", [start["processor_seconds"] for start in starts])]
