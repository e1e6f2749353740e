#!/usr/bin/env python3
"""Subscriptions of applications start and stop observations, with their criteria (TS-0014 §6.5)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import GET, OBSERVE
from interworking import SharedInterworkingTest, main
from mca import Listener
from mca_cse import SUB


class Subscriptions(SharedInterworkingTest):
    settings = {"interworking.subscriptions.interval": "1s",
                "interworking.profile": "[{objects: 3303, observe: false}]"}

    def observes(self, device, path, value):
        """The Observe options (0 starts, 1 cancels) that the device was sent for the path."""
        return [r for r in device.requests(GET, path) if (r.number(OBSERVE) or 0) == value
                and r.number(OBSERVE) is not None]

    def test_they_start_and_stop_an_observation(self):
        device, ae = self.registered("urn:dev:subscribed")
        with Listener() as listener:
            self.app.subscribe(ae + "/3303/0", listener)
            device.wait_observed("/3303/0")
            temperature = ae + "/3303/0/5700"
            self.cse.wait_contents(temperature, 1)
            self.app.subscribe(temperature, listener)
            device.set("/3303/0/5700", 30.5)
            device.notify("/3303/0")
            self.assertTrue(listener.wait(lambda: "30.5" in listener.contents()))
            self.assertEqual(len(self.observes(device, "/3303/0", 0)), 1)
            self.assertEqual(self.observes(device, "/3303/0/5700", 0), [])
            for address in (ae + "/3303/0", temperature):
                for child in self.cse.find(address).children.copy().values():
                    if child.ty == SUB and not child.rn.startswith("lwm2m-ipe"):
                        self.app.delete(child.path.split("/", 1)[1])
            self.assertTrue(device.wait_for(lambda: "/3303/0" not in device.observations),
                            "the observation goes on")

    def test_their_criteria_are_written_first(self):
        device, ae = self.registered("urn:dev:criteria")
        with Listener() as listener:
            made = self.app.create(ae + "/3303/0", SUB, rn="slow", nu=[listener.url],
                                   enc={"net": [3]}, rl={"mnn": 1, "tww": "PT30S"},
                                   bn={"dur": "PT10M"})
            device.wait_observed("/3303/0")
            self.assertEqual(device.attributes["/3303/0"], {"pmin": "30", "pmax": "600"})
            self.app.create(ae + "/3303/0", SUB, rn="fast", nu=[listener.url],
                            enc={"net": [3]}, lbl=["LWM2M-pmin:2"])
            self.assertTrue(device.wait_for(
                lambda: device.attributes["/3303/0"] == {"pmin": "2", "pmax": "600"}))
            self.app.delete(ae + "/3303/0/fast")
            self.assertTrue(device.wait_for(
                lambda: device.attributes["/3303/0"] == {"pmin": "30", "pmax": "600"}))
            self.app.delete(ae + "/3303/0/slow")
            self.assertTrue(device.wait_for(lambda: "/3303/0" not in device.observations))
            self.assertEqual(device.attributes.get("/3303/0", {}), {})
            self.assertEqual(made["rn"], "slow")


if __name__ == "__main__":
    main()
