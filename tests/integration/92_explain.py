#!/usr/bin/env python3
"""`ipe explain`, and rules that change while the service runs (R8, R66)."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interworking import InterworkingTest, main

ENDPOINT = "urn:imei:990000862471854"
NAME = "imei-990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"
PROFILE = "interworking:\n  profile:\n    - %s\n"


class Explain(InterworkingTest):
    def explain(self, *arguments):
        return self.ipe.run("explain", *arguments)

    def asked(self, *arguments):
        status, text = self.explain("--json", *arguments)
        self.assertEqual(status, 0, text)
        return json.loads(text)

    def test_tells_what_holds_for_a_path_and_by_which_rule(self):
        self.start({"interworking.profile": "[{objects: 3303, pmin: 1, repeat: all}]"})
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        answer = self.asked(ENDPOINT, "/3303/0/5700")
        self.assertEqual(answer["state"], "awake")
        self.assertEqual(answer["container"].split("/", 1)[1], TEMPERATURE)
        self.assertEqual(answer["resource"], "Sensor Value")
        self.assertEqual(answer["type"], "Float")
        self.assertEqual(answer["observation"], "established")
        self.assertEqual(answer["observed_at"], "/3303/0")
        self.assertEqual(answer["attributes"], "pmin=1")
        settings = {each["name"]: (each["value"], each["rule"]) for each in answer["settings"]}
        self.assertEqual(settings["pmin"][0], "1")
        self.assertEqual(settings["pmin"][1], "environment IPE_INTERWORKING_PROFILE")
        self.assertEqual(settings["modes"][0], "[semantic]")
        self.assertEqual(settings["create"], ("lazy", "built in"))
        self.assertEqual(len(answer["reasons"]), 1)
        self.assertIn("Nothing stands in the way", answer["reasons"][0])
        status, text = self.explain(ENDPOINT, "/3303/0/5700")
        self.assertEqual(status, 0)
        self.assertIn("Nothing stands in the way", text)

    def test_tells_why_nothing_was_delivered(self):
        self.start({"interworking.profile": "[{objects: 3303, observe: false}]"})
        self.assertIn("No endpoint of this name", self.asked("nobody")["reasons"][0])
        self.registered()
        self.assertIn("observe is false", self.asked(ENDPOINT, "/3303/0/5700")["reasons"][0])
        self.assertIn("did not declare /3304/0", self.asked(ENDPOINT, "/3304/0")["reasons"][0])
        self.assertIn("never observed", self.asked(ENDPOINT, "/1/0/1")["reasons"][0])
        self.assertEqual(self.explain(ENDPOINT, "no path")[0], 2)

    def test_rules_follow_a_change_of_the_configuration(self):
        self.start(yaml=PROFILE % "{objects: 3303, observe: false}")
        device, _ = self.registered()
        device.wait_observed("/3/0")
        self.change("{objects: 3303, observe: maybe}")
        self.ipe.wait_log(r"configuration-not-reloaded cause=.*ipe.yaml:3: .*true or false")
        self.assertNotIn("/3303/0", device.observations)
        self.change("{objects: 3303, pmin: 3}")
        device.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        self.ipe.wait_log("profile-applied")
        settings = self.asked(ENDPOINT, "/3303/0/5700")["settings"]
        pmin = next(each for each in settings if each["name"] == "pmin")
        self.assertEqual(pmin["value"], "3")
        self.assertIn("ipe.yaml:3", pmin["rule"])
        status, text = self.explain("--offline", ENDPOINT, "/3303/0/5700")
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"pmin +3 +\S*ipe.yaml:3")

    def change(self, rule):
        self.ipe.yaml = PROFILE % rule
        self.ipe.command()  # writes the file
        self.ipe.process.send_signal(signal.SIGHUP)


if __name__ == "__main__":
    main()
