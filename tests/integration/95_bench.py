#!/usr/bin/env python3
"""The bench runs and has a figure for each row: with small numbers, which say nothing about speed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

from ipe_process import main, program

# Neither nginx nor wrk is a dependency of the tests; a figure that needs them is named in the table without.
EXPECTED = {
    "rates": ["registrations_at_100", "registrations_at_1000", "registrations_ratio_100", "registrations_ratio_1000",
              "registrations_new", "updates", "memory_per_endpoint", "memory_base"],
    "requests": ["requests_per_endpoint", "requests_per_update", "requests_per_command", "requests_per_value"],
    "notifications": ["notifications_durable", "notification_cpu", "notifications_memory", "wrk_share", "notification_p99"],
    "start": ["start_empty"],
}


class BenchTest(unittest.TestCase):
    def run_bench(self, *arguments):
        build = os.path.dirname(os.path.dirname(program()))
        return subprocess.run([os.path.join(HERE, "..", "bench", "run"), "--quick", "--seconds", "0.3", "--build", build,
                               *arguments], capture_output=True, text=True, timeout=300, check=False)

    def test_each_figure_is_produced(self):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            done = self.run_bench("--only", ",".join(EXPECTED), "--json", file.name)
            self.assertEqual(0, done.returncode, done.stdout + done.stderr)
            rows = {row["name"]: row for row in json.load(file)["rows"]}
        for name in (name for names in EXPECTED.values() for name in names):
            self.assertIn(name, rows)
            if "unmeasured" in rows[name]:
                self.assertIn("is not installed", rows[name]["unmeasured"])
            else:
                self.assertGreaterEqual(rows[name]["median"], 0)
        self.assertEqual(0, rows["requests_per_update"]["median"])
        self.assertEqual("", rows["updates"]["verdict"], "no goal is for small numbers")
        self.assertIn("requests to the CSE per endpoint", done.stdout)

    def test_an_unknown_group_is_an_error(self):
        done = self.run_bench("--only", "nothing")
        self.assertEqual(2, done.returncode)
        self.assertIn("unknown group nothing", done.stderr)


if __name__ == "__main__":
    main()
