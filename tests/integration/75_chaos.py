#!/usr/bin/env python3
"""Nothing is lost (docs/architecture.md): 20 s of the chaos test. CHAOS_SEED chooses another seed; `chaos/run` is the
long version."""

import argparse
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "chaos"), os.path.join(HERE, "..", "support")]

from ipe_process import main, program
from play import chaos, report


class Chaos(unittest.TestCase):
    def test_what_was_acknowledged_arrives_exactly_once_and_in_order(self):
        options = argparse.Namespace(ipe=program(), seed=int(os.environ.get("CHAOS_SEED", "1")), seconds=20.0,
                                     devices=100, secured=2, rate=350.0, patience=120.0, set=[], keep_log=None,
                                     verbose=False)
        figures, faults = chaos(options)
        print(report(figures, faults), flush=True)
        self.assertEqual(faults, [])
        self.assertGreater(figures["acknowledged values"], 0)


if __name__ == "__main__":
    main()
