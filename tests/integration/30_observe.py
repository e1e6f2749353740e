#!/usr/bin/env python3
"""Values of devices become contentInstances, exactly once and in order (TS-0014 §6.4, §6.5, §8)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import GET, OBSERVE, PUT, Reset
from interworking import InterworkingTest, main
from lwm2m_device import TLV, Resource, example_objects
from mca import Listener
from mca_cse import CIN

NAME = "imei-990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"


class Observation(InterworkingTest):
    def observed(self, **options):
        self.start(options.pop("settings", None))
        device, _ = self.registered(**options)
        device.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        return device

    def test_observes_every_instance_from_object_3_up(self):
        objects = example_objects()
        objects[5] = {0: {1: Resource("", "RW"), 3: Resource(0), 5: Resource(0)}}
        self.start()
        device, _ = self.registered(objects=objects)
        for path in ("/3/0", "/3303/0", "/5/0/3", "/5/0/5"):
            device.wait_observed(path)
        self.assertEqual(set(device.observations), {"/3/0", "/3303/0", "/5/0/3", "/5/0/5"})
        self.assertEqual(device.attributes.get("/3/0"), {"pmin": "60"})
        self.assertEqual(device.attributes.get("/3303/0"), {"pmin": "10"})
        self.assertEqual(device.attributes.get("/5/0/3", {}), {})
        self.assertEqual(device.requests(GET, "/1/0"), [])

    def test_asks_nothing_before_the_register_is_answered(self):
        self.start()
        self.cse.fault(lambda r: r.ty == 2, action="delay", delay=1, times=1)
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        received = device.coap.received
        answered = next(i for i, m in enumerate(received) if m.code == 0x41)
        asked = next(i for i, m in enumerate(received) if m.is_request)
        self.assertLess(answered, asked)

    def test_the_answer_to_the_observe_is_the_first_value_of_each_resource(self):
        self.observed()
        expected = {"3303/0/5700": "21.5", "3303/0/5701": "Cel", "3303/0/5601": "19.5",
                    "3/0/0": "Test Works", "3/0/9": "95", "3/0/14": "+00:00",
                    "3/0/13": "1700000000", "3/0/6/0": "1", "3/0/6/1": "5"}
        for path, value in expected.items():
            self.assertEqual(self.cse.wait_contents(NAME + "/" + path, 1), [value], path)
        instance = self.cse.instances(TEMPERATURE)[0]
        self.assertEqual(instance.attributes["cnf"], "text/plain:0")
        self.assertRegex(instance.rn, r"^[0-9a-f]{10}-\d{10}$")

    def test_an_opaque_value_is_base64(self):
        objects = example_objects()
        objects[3303][0][5750] = Resource(b"\x01\x02\x03\x04\x05")
        objects[19] = {0: {0: Resource(b"\x00\xff\x10"), 1: Resource(1)}}
        self.start()
        self.registered(objects=objects)
        self.assertEqual(self.cse.wait_contents(NAME + "/19/0/0", 1), ["AP8Q"])
        instance = self.cse.instances(NAME + "/19/0/0")[0]
        self.assertEqual(instance.attributes["cnf"], "application/octet-stream:2")

    def test_a_notification_brings_what_changed_and_nothing_else(self):
        device = self.observed()
        self.cse.wait_contents(NAME + "/3303/0/5701", 1)
        device.set("/3303/0/5700", 22.25)
        device.notify("/3303/0")
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 2), ["21.5", "22.25"])
        device.set("/3303/0/5700", 23.25)
        device.notify("/3303/0", confirmable=False)
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 3), ["21.5", "22.25", "23.25"])
        self.assertEqual(self.cse.contents(NAME + "/3303/0/5701"), ["Cel"])

    def test_repeat_all_brings_everything(self):
        device = self.observed(settings={})
        self.ipe.stop()
        self.ipe.yaml = ("interworking:\n  profile:\n    - objects: [3303]\n      repeat: all\n")
        self.ipe.start()
        device.register()
        device.wait_observed("/3303/0")
        before = len(self.cse.contents(NAME + "/3303/0/5701"))
        device.notify("/3303/0")
        self.cse.wait_contents(NAME + "/3303/0/5701", before + 1)

    def test_order_is_kept_and_names_increase(self):
        device = self.observed()
        values = [float(number) for number in range(100, 150)]
        for value in values:
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")
        contents = self.cse.wait_contents(TEMPERATURE, 51, 30)
        self.assertEqual([float(text) for text in contents[1:]], values)
        names = [instance.rn for instance in self.cse.instances(TEMPERATURE)]
        self.assertEqual(names, sorted(names))

    def test_a_repeated_notification_is_acknowledged_again_and_delivered_once(self):
        device = self.observed()
        device.coap.ACK_TIMEOUT = 0.3
        lost = []

        def lose_first_acknowledgement(message):
            if message.type == 2 and message.code == 0 and len(lost) < 2:
                lost.append(message)
                return False
            return True

        device.coap.incoming = lose_first_acknowledgement
        device.set("/3303/0/5700", 30.5)
        device.notify("/3303/0")
        self.assertEqual(len(lost), 2)
        device.set("/3303/0/5700", 31.5)
        device.notify("/3303/0")
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 3), ["21.5", "30.5", "31.5"])
        self.assert_stays(lambda: len(self.cse.contents(TEMPERATURE)) == 3, 0.5, "no duplicate")

    def test_a_lost_answer_of_the_cse_makes_no_duplicate(self):
        device = self.observed()
        self.cse.fault(lambda r: r.ty == CIN and "5700" in r.path, action="execute-close", times=1)
        for value in (30.5, 31.5, 32.5):
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 4, 30),
                         ["21.5", "30.5", "31.5", "32.5"])
        self.assert_stays(lambda: len(self.cse.contents(TEMPERATURE)) == 4, 0.5, "no duplicate")

    def test_a_notification_that_nobody_asked_for_is_reset(self):
        device = self.observed()
        device.observations["/3303/0"] = b"\xde\xad"
        with self.assertRaises(Reset):
            device.notify("/3303/0")

    def test_an_older_notification_does_not_overtake_a_newer_one(self):
        device = self.observed()
        device.set("/3303/0/5700", 30.5)
        late = device.notify("/3303/0")
        device.set("/3303/0/5700", 31.5)
        device.notify("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 3)
        late.message_id = 0
        late.payload = device._read("/3303/0", TLV)[0].replace(b"Cel", b"old")
        device.coap.confirm(late)
        device.set("/3303/0/5700", 32.5)
        device.notify("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 4)
        self.assertEqual(self.cse.contents(NAME + "/3303/0/5701"), ["Cel"])

    def test_an_application_is_notified_in_order(self):
        device = self.observed()
        with Listener() as listener:
            self.app.subscribe(TEMPERATURE, listener)
            for value in (30.5, 31.5, 32.5):
                device.set("/3303/0/5700", value)
                device.notify("/3303/0")
            self.assertTrue(listener.wait(lambda: len(listener.contents()) == 3))
            self.assertEqual(listener.contents(), ["30.5", "31.5", "32.5"])

    def test_observations_are_renewed_after_a_register(self):
        device = self.observed()
        first = device.observations["/3303/0"]
        self.assert_code("2.01", device.register())
        second = device.wait_observed("/3303/0")
        self.assertNotEqual(first, second)
        device.set("/3303/0/5700", 40.5)
        device.notify("/3303/0")
        self.assert_soon(lambda: self.cse.contents(TEMPERATURE)[-1] == "40.5", "the new value")

    def test_a_device_without_write_attributes_is_observed_all_the_same(self):
        self.start()
        device = self.device()
        device.override[(PUT, "/3303/0")] = "5.00"
        self.assert_code("2.01", device.register())
        device.wait_observed("/3303/0")
        request = [m for m in device.requests(GET, "/3303/0") if m.number(OBSERVE) == 0]
        self.assertEqual(len(request), 1)


if __name__ == "__main__":
    main()
