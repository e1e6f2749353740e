#!/usr/bin/env python3
"""Transparent mode: the payload goes to the CSE as the device encoded it (TS-0014 clause 7)."""

import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import Message, code
from interworking import InterworkingTest, main
from lwm2m_device import TLV, read_tlv

NAME = "imei-990000862471854"


class Transparent(InterworkingTest):
    def begin(self, modes):
        self.start({"interworking.modes": modes})
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(NAME + "/3303/0", 1)
        return device

    def test_an_instance_is_stored_as_it_came(self):
        device = self.begin("transparent")
        device.set("/3303/0/5700", 25.5)
        payload = device.notify("/3303/0").payload
        contents = self.cse.wait_contents(NAME + "/3303/0", 2)
        self.assertEqual(base64.b64decode(contents[1]), payload)
        self.assertEqual(read_tlv(base64.b64decode(contents[0]))[0][1], 5601)
        instance = self.cse.instances(NAME + "/3303/0")[1]
        self.assertEqual(instance.attributes["cnf"], "application/vnd.oma.lwm2m+tlv:2")
        self.assertIn("LWM2M-Object-Encapsulation", instance.attributes["lbl"])
        self.assertIsNone(self.cse.find(NAME + "/3303/0/5700"), "semantic mode is off")

    def test_text_formats_are_not_encoded(self):
        device = self.begin("transparent")
        text = '{"bn":"/3303/0/","e":[{"n":"5700","v":27.5}]}'
        device.notify("/3303/0", payload=text, content_format=11543)
        self.assertEqual(self.cse.wait_contents(NAME + "/3303/0", 2)[1], text)
        instance = self.cse.instances(NAME + "/3303/0")[1]
        self.assertEqual(instance.attributes["cnf"], "application/vnd.oma.lwm2m+json:0")

    def test_what_we_cannot_decode_is_carried_too(self):
        device = self.begin("transparent")
        octets = bytes.fromhex("81a2216e2f333330332f302f3537303002f94d60")
        device.notify("/3303/0", payload=octets, content_format=112)
        self.assertEqual(base64.b64decode(self.cse.wait_contents(NAME + "/3303/0", 2)[1]), octets)
        self.assertEqual(self.cse.instances(NAME + "/3303/0")[1].attributes["cnf"],
                         "application/senml+cbor:2")

    def test_both_modes_live_side_by_side(self):
        device = self.begin("semantic,transparent")
        self.cse.wait_contents(NAME + "/3303/0/5700", 1)
        device.set("/3303/0/5700", 28.5)
        device.notify("/3303/0")
        self.assertEqual(self.cse.wait_contents(NAME + "/3303/0/5700", 2), ["21.5", "28.5"])
        self.assertEqual(len(self.cse.wait_contents(NAME + "/3303/0", 2)), 2)

    def test_a_missing_content_format_means_tlv(self):
        device = self.begin("transparent")
        payload = device._read("/3303/0", TLV)[0]
        message = Message(code("2.05"), token=device.observations["/3303/0"], payload=payload,
                          observe=5)
        device.coap.confirm(message)
        self.cse.wait_contents(NAME + "/3303/0", 2)
        self.assertEqual(self.cse.instances(NAME + "/3303/0")[1].attributes["cnf"],
                         "application/vnd.oma.lwm2m+tlv:2")


if __name__ == "__main__":
    main()
