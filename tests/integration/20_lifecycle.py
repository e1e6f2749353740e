#!/usr/bin/env python3
"""Update, De-register and expiry (TS-0014 §6.2.2.2, §6.3.2.2)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import POST, Message
from interworking import InterworkingTest, main
from mca_cse import AE

NAME = "imei-990000862471854"
ENDPOINT = "urn:imei:990000862471854"


class Update(InterworkingTest):
    def test_an_empty_update_costs_the_cse_nothing(self):
        self.start()
        device, _ = self.registered()
        self.wait_event("registered", ENDPOINT)
        device.wait_observed("/3303/0")
        for path in ("3/0/0", "3303/0/5700", "3303/0/5701"):
            self.cse.wait_contents(NAME + "/" + path, 1)
        before = len(self.cse.requests)
        for _ in range(3):
            self.assert_code("2.04", device.update())
        self.assertEqual([r for r in self.cse.requests[before:] if r.method == "PUT"], [])
        self.assertEqual([e["event"] for e in self.events()], ["registered"])

    def test_a_longer_lifetime_moves_the_expiration(self):
        self.start({"interworking.expiration_grace": "60s"})
        device, _ = self.registered()
        before = self.cse.find(NAME).attributes["et"]
        self.assert_code("2.04", device.update(["lt=86400"]))
        self.assert_soon(lambda: self.cse.find(NAME).attributes["et"] > before, "et of the AE")
        event = self.wait_event("updated", ENDPOINT)
        self.assertEqual(event["lifetime"], 86400)

    def test_a_new_object_list_makes_and_removes_containers(self):
        self.start()
        device, _ = self.registered()
        self.assert_code("2.04", device.update(links="</1/0>,</3/0>,</3303/0>,</3303/1>,</4/0>"))
        for path in ("3303/1", "4", "4/0"):
            self.cse.wait_resource(NAME + "/" + path)
        self.assert_code("2.04", device.update(links="</1/0>,</3/0>,</3303/1>"))
        self.assert_soon(lambda: self.cse.find(NAME + "/4") is None, "object 4 has gone")
        self.assert_soon(lambda: self.cse.find(NAME + "/3303/0") is None, "instance 0 has gone")
        self.assertIsNotNone(self.cse.find(NAME + "/3303/1"))
        self.wait_event("updated", ENDPOINT)

    def test_an_unknown_registration_is_not_found(self):
        self.start()
        device, _ = self.registered()
        answer = device.coap.request(Message(POST, path="/rd/0123456789abcdef"))
        self.assert_code("4.04", answer)


class Leaving(InterworkingTest):
    def test_deregister_takes_everything_away(self):
        self.start()
        device, _ = self.registered()
        self.assert_code("2.02", device.deregister())
        self.assert_soon(lambda: self.cse.find(NAME) is None, "the AE")
        self.assert_soon(lambda: self.cse.find(NAME + "-node") is None, "the node")
        self.wait_event("deregistered", ENDPOINT)
        self.assert_code("4.04", device.update())

    def test_deregister_of_what_the_cse_has_lost_is_not_found(self):
        self.start()
        device, _ = self.registered()
        self.cse.fault(lambda r: r.method == "DELETE" and r.path.endswith(NAME), rsc=4004)
        self.assert_code("4.04", device.deregister())

    def test_telemetry_that_waits_goes_out_before_the_tree(self):
        self.start()
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(NAME + "/3303/0/5700", 1)
        slow = self.cse.fault(lambda r: r.ty == 4 and "5700" in r.path, action="delay", delay=0.3)
        for value in (30.5, 31.5, 32.5):
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")
        self.assert_code("2.02", device.deregister())
        self.assert_soon(lambda: self.cse.find(NAME) is None, "the AE")
        self.assertEqual(slow.hits, 3)
        kept = [r.content["con"] for r in self.cse.requests if r.ty == 4 and "5700" in r.path]
        self.assertEqual(kept[-3:], ["30.5", "31.5", "32.5"])

    def test_a_device_that_stays_silent_expires(self):
        self.start()
        device, _ = self.registered(lifetime=2)
        self.assert_soon(lambda: self.cse.find(NAME) is None, "the AE has gone", 20)
        self.assert_soon(lambda: self.cse.find(NAME + "-node") is None, "the node has gone")
        self.wait_event("expired", ENDPOINT)
        self.assert_code("4.04", device.update())
        self.assert_code("2.01", device.register())
        self.cse.wait_resource(NAME + "/3303/0")

    def test_a_device_can_come_back_while_its_tree_is_being_deleted(self):
        self.start()
        device, _ = self.registered()
        self.cse.fault(lambda r: r.method == "DELETE", action="delay", delay=1, times=1)
        self.assert_code("2.02", device.deregister())
        self.assert_code("2.01", device.register())
        self.cse.wait_resource(NAME + "/3303/0")
        self.assertEqual(len([r for r in self.cse.asked("POST", AE) if NAME in r.body.decode()
                              and r.rsc == 2001]), 2)


if __name__ == "__main__":
    main()
