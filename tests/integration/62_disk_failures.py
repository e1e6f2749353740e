#!/usr/bin/env python3
"""The disk fails under the running program and at its start: it says so, goes on, and catches up."""

import glob
import os
import resource
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interworking import InterworkingTest, main

NAME = "imei-990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"


class DiskFailures(InterworkingTest):
    def setUp(self):
        self.start()
        self.instrument, _ = self.registered()
        self.instrument.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)

    def say(self, *values):
        for value in values:
            self.instrument.set("/3303/0/5700", value)
            self.instrument.notify("/3303/0")

    def told(self, *values):
        self.cse.wait_contents(TEMPERATURE, len(values), 60)
        self.assertEqual(self.cse.contents(TEMPERATURE), list(values))

    def state(self, name=""):
        return os.path.join(self.ipe.settings["state.directory"], name)

    def fill_disk(self):
        """From now on the process may write to no file: needs no rights, and is what a quota does."""
        resource.prlimit(self.ipe.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def make_room(self):
        resource.prlimit(self.ipe.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def wait_trouble(self, text):
        self.ipe.wait_until(lambda: text in self.ipe.get("/readyz")[1], 60, "/readyz has " + text)

    def wait_ready(self):
        self.ipe.wait_ready()
        self.assertNotIn("store:", self.ipe.get("/readyz")[1])

    def test_a_full_disk_is_bridged_and_written_back(self):
        self.fill_disk()
        self.say(22.5)
        self.wait_trouble("store: disk full, keeping state in memory")
        self.assertEqual(self.ipe.get("/readyz")[0], 503)
        self.assertEqual(self.ipe.get("/healthz")[0], 200)
        self.assertEqual(self.ipe.metric("ipe_store_degraded", 'cause="full"'), 1)
        self.ipe.wait_log("event=store-degraded cause=full")
        other, _ = self.registered("urn:dev:other")
        done = self.run_command(NAME, {"op": "write", "path": "/3/0/14", "value": "+04:00"})
        self.assertEqual(done["status"], "done")
        self.told("21.5", "22.5")
        self.make_room()
        self.ipe.wait_log("event=store-recovered", 60)
        self.wait_ready()
        self.assertEqual(self.ipe.metric("ipe_store_degraded"), 0)
        self.ipe.kill()
        self.ipe.start()
        self.assert_code("2.04", other.update())
        self.say(23.5)
        self.told("21.5", "22.5", "23.5")
        self.assertEqual(self.instrument.written, [("/3/0/14", "+04:00")])

    def test_a_database_that_is_deleted_is_written_again(self):
        shutil.rmtree(self.state())
        self.ipe.wait_log("event=store-recovered", 60)
        self.wait_ready()
        self.ipe.kill()
        self.ipe.start()
        self.assert_code("2.04", self.instrument.update())
        self.say(24.5)
        self.told("21.5", "24.5")

    def test_a_damaged_database_is_set_aside_at_the_start(self):
        self.assertEqual(self.ipe.stop(), 0)  # so that no log hides the damage
        with open(self.state("ipe.db"), "r+b") as file:
            file.write(b"\xa5" * os.path.getsize(self.state("ipe.db")))
        self.ipe.start()
        aside = glob.glob(self.state("ipe.db.corrupt-*[0-9]"))
        self.assertEqual(len(aside), 1)
        self.assertIn(aside[0], self.ipe.get("/readyz")[1])
        self.ipe.wait_log("event=store-damaged file=" + aside[0])
        self.assert_code("4.04", self.instrument.update())
        self.assert_code("2.01", self.instrument.register())
        self.instrument.wait_observed("/3303/0")
        self.say(25.5)
        self.ipe.wait_until(lambda: self.cse.contents(TEMPERATURE)[-1:] == ["25.5"])

    def test_a_log_that_ends_anywhere_is_no_damage(self):
        self.say(26.5)
        self.told("21.5", "26.5")
        self.ipe.kill()
        log = self.state("ipe.db-wal")
        os.truncate(log, os.path.getsize(log) - 1000)
        self.ipe.start()
        self.assertEqual(glob.glob(self.state("*corrupt*")), [])
        self.wait_ready()

    def test_a_directory_that_cannot_be_one_is_an_error(self):
        self.ipe.kill()
        shutil.rmtree(self.state())
        with open(self.ipe.settings["state.directory"], "w", encoding="utf-8"):
            pass
        status, output = self.ipe.run("serve")
        self.assertEqual(status, 1)
        self.assertIn("state.directory", output)
        self.assertIn(self.ipe.settings["state.directory"], output)


if __name__ == "__main__":
    main()
