#!/usr/bin/env python3
"""kill -9 in the middle of work: nothing acknowledged is lost, nothing is told twice."""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import GET
from interworking import InterworkingTest, main
from mca_cse import CIN

NAME = "imei-990000862471854"
ENDPOINT = "urn:imei:990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"


class Restart(InterworkingTest):
    def setUp(self):
        self.start()
        self.instrument, _ = self.registered()
        self.instrument.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        self.cse.wait_contents(NAME + "/3/0/14", 1)
        self.wait_event("registered", ENDPOINT)

    def say(self, *values):
        for value in values:
            self.instrument.set("/3303/0/5700", value)
            self.instrument.notify("/3303/0")

    def assert_told_once(self, values):
        wanted = ["21.5"] + ["%.1f" % value for value in values]
        self.cse.wait_contents(TEMPERATURE, len(wanted), 30)
        self.assert_stays(lambda: len(self.cse.contents(TEMPERATURE)) == len(wanted), 1.0,
                          "told twice: %s" % self.cse.contents(TEMPERATURE))
        self.assertEqual(self.cse.contents(TEMPERATURE), wanted)

    def test_what_was_acknowledged_is_delivered_after_the_restart(self):
        values = [float(number) + 0.5 for number in range(30, 50)]
        self.cse.fault(lambda r: r.ty == CIN, rsc=5000)
        self.say(*values)
        self.ipe.kill()
        self.cse.clear_faults()
        self.ipe.start()
        self.assert_told_once(values)

    def test_killed_between_the_create_and_its_answer(self):
        self.cse.fault(lambda r: r.ty == CIN and "5700" in r.path, action="execute-close", times=3)
        self.say(30.5, 31.5)
        self.assert_soon(lambda: len(self.cse.contents(TEMPERATURE)) >= 2, "the CSE has made it")
        self.ipe.kill()
        self.cse.clear_faults()
        self.ipe.start()
        self.say(32.5)
        self.assert_told_once([30.5, 31.5, 32.5])

    def test_killed_at_many_moments(self):
        values = []
        for round_number in range(4):
            for step in range(8):
                values.append(100.5 + 10 * round_number + step)
                self.say(values[-1])
            self.ipe.kill()
            self.ipe.start()
        self.assert_told_once(values)

    def test_registration_and_observations_are_kept(self):
        registers = len(self.cse.asked("POST", 2))
        self.ipe.kill()
        asked_before = len(self.instrument.requests(GET))
        self.ipe.start()
        self.say(33.5)
        self.assert_told_once([33.5])
        self.assert_code("2.04", self.instrument.update())
        self.assertEqual(len(self.cse.asked("POST", 2)), registers, "no AE was made again")
        self.assertEqual(len(self.instrument.requests(GET)), asked_before, "nothing observed anew")
        self.assertEqual([e["event"] for e in self.events()], ["registered"])

    def test_a_notification_repeated_across_the_restart_is_told_once(self):
        self.instrument.set("/3303/0/5700", 34.5)
        sent = self.instrument.notify("/3303/0")
        self.ipe.kill()
        self.ipe.start()
        self.instrument.coap.confirm(sent)
        self.assert_told_once([34.5])

    def test_commands_made_meanwhile_are_taken_up(self):
        self.ipe.kill()
        request = self.command(NAME, {"op": "write", "path": "/3/0/14", "value": "+04:00"})
        self.ipe.start()
        self.assertEqual(self.outcome(NAME, request)["status"], "done")
        self.assertEqual(self.instrument.written, [("/3/0/14", "+04:00")])

    def test_a_command_answered_before_is_not_run_again(self):
        request = self.command(NAME, {"op": "execute", "path": "/3/0/4"})
        self.assertEqual(self.outcome(NAME, request)["status"], "done")
        self.ipe.kill()
        self.ipe.start()
        self.assertEqual(self.run_command(NAME, {"op": "read", "path": "/3/0/9"})["status"], "done")
        self.assertEqual(self.instrument.executed, [("/3/0/4", "")])

    def test_an_execute_of_unknown_outcome_is_not_repeated(self):
        executed = []

        def silent(request):
            executed.append(request)
            return None

        self.instrument.override[(2, "/3/0/4")] = silent
        request = self.command(NAME, {"op": "execute", "path": "/3/0/4"})
        self.assertTrue(self.instrument.wait_for(lambda: executed))
        self.ipe.kill()
        del self.instrument.override[(2, "/3/0/4")]
        self.ipe.start()
        self.assertEqual(self.outcome(NAME, request)["status"], "failed")
        self.assertEqual(self.instrument.executed, [])

    def test_old_commands_are_not_run_by_a_program_that_has_forgotten(self):
        self.ipe.kill()
        request = self.command(NAME, {"op": "execute", "path": "/3/0/4"})
        shutil.rmtree(self.ipe.settings["state.directory"])
        self.cse.wait(lambda: False, 1.1)  # `ct` has whole seconds
        self.ipe.start()
        self.assert_code("2.01", self.instrument.register())
        self.assertEqual(self.outcome(NAME, request)["status"], "expired")
        self.assertEqual(self.instrument.executed, [])

    def test_sigterm_keeps_everything_too(self):
        self.cse.fault(lambda r: r.ty == CIN, rsc=5000)
        self.say(35.5)
        self.assertEqual(self.ipe.stop(), 0)
        self.cse.clear_faults()
        self.ipe.start()
        self.say(36.5)
        self.assert_told_once([35.5, 36.5])

    def test_a_lifetime_that_ended_while_we_were_away_still_counts_from_the_start(self):
        device, ae = self.registered("urn:dev:short", lifetime=3)
        self.ipe.kill()
        self.cse.wait(lambda: False, 4)
        self.ipe.start()
        self.assert_code("2.04", device.update())
        self.assertIsNotNone(self.cse.find(ae))


if __name__ == "__main__":
    main()
