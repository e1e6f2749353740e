#!/usr/bin/env python3
"""A lost acknowledgement of a notification over DTLS is healed by a new observation (IR-7).

libcoap does not acknowledge a notification twice there, so that the device gives the observation up
(RFC 7641 §4.5). The program observes again what has been silent for pmax and MAX_TRANSMIT_WAIT, 93 s: that
is how long this takes.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import ACK, NoAnswer
from faults import Loss
from interworking import main
from secured import SecuredTest


class Unheard(SecuredTest):
    settings = {"interworking.profile": "[{objects: 3303, pmin: 1, pmax: 2}]"}
    CREDENTIALS = {"urn:dev:unheard": "urn:dev:unheard"}

    def test_the_device_is_observed_again(self):
        device = self.secured("urn:dev:unheard")
        temperature = "dev-unheard/3303/0/5700"
        device.coap.ACK_TIMEOUT = 0.2
        device.coap.incoming = Loss(lambda m: m.type == ACK)
        device.set("/3303/0/5700", 30.5)
        try:
            device.notify("/3303/0")
        except NoAnswer:
            del device.observations["/3303/0"]
            device.wait_observed("/3303/0", timeout=200)
        self.assertEqual(self.cse.wait_contents(temperature, 2), ["21.5", "30.5"])
        self.assert_works(device)
        self.assertEqual(self.cse.contents(temperature).count("30.5"), 1, "told twice")


if __name__ == "__main__":
    main()
