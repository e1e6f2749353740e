#!/usr/bin/env python3
"""Administration of the IPE in the CSE (TS-0014 §6.7; R65-R69)."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import POST
from interworking import IPE, InterworkingTest, main
from mca import Refused

ENDPOINT = "urn:imei:990000862471854"
SETTINGS = {"access.administrators": "Cboss"}


class Administration(InterworkingTest):
    def setUp(self):
        self.start(SETTINGS)
        self.boss = self.application("Cboss")
        self.boss.register("boss")
        self.cse.wait_contents(IPE + "/configuration", 1)

    def order(self, order):
        instance = self.boss.write(IPE + "/administration", json.dumps(order))
        return self.outcome(IPE, instance)

    def value_of(self, key):
        return json.loads(self.cse.contents(IPE + "/configuration")[-1])[key]

    def test_what_counts_is_shown_and_changed_and_stays(self):
        self.assertEqual(self.value_of("registration.patience")["value"], "20s")
        outcome = self.order({"op": "configure", "set": {
            "registration.patience": "5s", "interworking.profile": [{"objects": [3303], "pmin": 3}]}})
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertEqual(outcome["value"]["changed"], ["interworking.profile", "registration.patience"])
        self.cse.wait_contents(IPE + "/configuration", 2)
        self.assertEqual(self.value_of("registration.patience"), {"value": "5s", "from": "administration"})
        outcome = self.order({"op": "configure", "set": {"registration.patience": "soon"}})
        self.assertEqual((outcome["status"], outcome["rsc"]), ("failed", 4000), outcome)
        self.assertIn('registration.patience: found "soon", expected a duration', outcome["reason"])
        self.ipe.stop()
        self.ipe.start(ready=True)
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.assertEqual(self.order({"op": "list-endpoints"})["value"]["endpoints"][0]["ep"], ENDPOINT)
        self.assertEqual(self.value_of("registration.patience"), {"value": "5s", "from": "administration"})
        self.assertEqual(len(self.cse.contents(IPE + "/configuration")), 2)

    def test_nobody_else_gives_orders(self):
        with self.assertRaises(Refused) as refused:
            self.app.write(IPE + "/administration", '{"op":"reload"}')
        self.assertEqual(refused.exception.rsc, 4103)

    def test_orders_about_devices_and_the_service(self):
        device, _ = self.registered()
        outcome = self.order({"op": "update-registration", "ep": ENDPOINT})
        self.assertEqual((outcome["path"], outcome["status"]), ("/1/0/8", "done"), outcome)
        self.assertEqual(len(device.requests(POST, "/1/0/8")), 1)
        outcome = self.order({"op": "bootstrap", "ep": "nobody"})
        self.assertEqual((outcome["status"], outcome["rsc"]), ("failed", 4004), outcome)
        self.assertEqual(self.order({"op": "reload"})["status"], "done")
        self.ipe.wait_log("event=configuration-reloaded")


if __name__ == "__main__":
    main()
