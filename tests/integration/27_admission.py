#!/usr/bin/env python3
"""One endpoint that asks too often is told to come again later; all others are served (RFC 7252 §5.9.3.4)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import code_text
from interworking import InterworkingTest, main

MAX_AGE = 14
BOUND = {"lwm2m.admission.per_endpoint": "1", "lwm2m.admission.burst": "10"}


class Admission(InterworkingTest):
    def refusal(self, device):
        """Sends Updates until one is not answered 2.04; the number of those that were, and that answer."""
        for number in range(100):
            answer = device.update()
            if code_text(answer.code) != "2.04":
                return number, answer
        self.fail("a hundred Updates and no refusal")

    def test_a_flood_of_one_is_answered_503_with_max_age(self):
        self.start(BOUND)
        flooding, _ = self.registered("urn:dev:flood")
        other, _ = self.registered("urn:dev:other")
        done, refusal = self.refusal(flooding)
        self.assertGreaterEqual(done, 9)
        self.assert_code("5.03", refusal)
        self.assertIn(refusal.number(MAX_AGE), range(1, 4))
        for _ in range(5):
            self.assert_code("2.04", other.update())
            self.refusal(flooding)
        self.registered("urn:dev:new")
        refused = self.ipe.metric("ipe_lwm2m_admission", '"identity"')
        self.assertGreaterEqual(refused, 6)
        self.assertEqual(self.ipe.metric("ipe_lwm2m_admission", '"total"'), 0)
        self.ipe.wait_log("event=not-admitted .*ep=.*urn:dev:flood.* reason=identity")
        self.assert_code("2.02", flooding.deregister())

    def test_values_are_taken_from_whom_requests_are_refused(self):
        self.start(BOUND)
        device, ae = self.registered("urn:dev:flood")
        device.wait_observed("/3303/0")
        self.cse.wait_contents(ae + "/3303/0/5700", 1)
        self.refusal(device)
        values = [30.5 + number for number in range(15)]
        for value in values:
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")
        self.assertEqual(self.cse.wait_contents(ae + "/3303/0/5700", 16)[1:],
                         ["%.1f" % value for value in values])

    def test_registers_leave_half_of_the_total_to_who_is_registered(self):
        self.start({"lwm2m.admission.total": "1"})  # and two at once
        device, _ = self.registered("urn:dev:first")
        answer = self.device("urn:dev:second").register()
        self.assert_code("5.03", answer)
        self.assertGreaterEqual(answer.number(MAX_AGE), 1)
        self.assert_code("2.04", device.update())


if __name__ == "__main__":
    main()
