#!/usr/bin/env python3
"""The CSE goes away and comes back: devices do not notice, applications miss nothing."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from interworking import InterworkingTest, main
from mca_cse import Cse

NAME = "imei-990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"
IMPATIENT = {"registration.patience": "1s", "cse.timeout": "3s"}


class Outage(InterworkingTest):
    def say(self, device, *values):
        for value in values:
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")

    def observed(self):
        self.start(IMPATIENT)
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        self.cse.wait_contents(NAME + "/3303/0/5701", 1)
        return device

    def test_a_device_registers_before_the_cse_is_there(self):
        cse = Cse()
        self.start(IMPATIENT, cse=cse, ready=False)
        self.ipe.wait_alive()
        self.assertEqual(self.ipe.get("/readyz")[0], 503)
        device = self.device()
        self.assert_code("2.01", device.register())
        self.assert_code("2.04", device.update())
        cse.start()
        self.cse.wait_resource(NAME + "/3303/0", 40)
        device.wait_observed("/3303/0", 20)
        self.cse.wait_contents(TEMPERATURE, 1, 20)
        self.ipe.wait_ready()

    def test_values_are_kept_and_follow_in_order(self):
        device = self.observed()
        self.cse.stop()
        values = [30.5 + number for number in range(20)]
        self.say(device, *values)
        self.assert_code("2.04", device.update())
        self.cse.start()
        contents = self.cse.wait_contents(TEMPERATURE, 21, 60)
        self.assertEqual(contents, ["21.5"] + ["%.1f" % value for value in values])
        self.assert_stays(lambda: len(self.cse.contents(TEMPERATURE)) == 21, 0.5, "no duplicate")

    def test_the_outage_shows(self):
        device = self.observed()
        self.cse.stop()
        self.say(device, 30.5)
        self.ipe.wait_until(lambda: self.ipe.get("/readyz")[0] == 503, what="not ready")
        self.ipe.wait_metric("ipe_outbox_rows", 1)
        self.assertEqual(self.ipe.metric("ipe_cse_up"), 0)
        self.assertEqual(self.ipe.get("/healthz")[0], 200)
        self.ipe.wait_log("event=cse-silent")
        self.cse.start()
        self.ipe.wait_ready(60)
        self.assertEqual(self.ipe.metric("ipe_cse_up"), 1)

    def test_deregister_during_the_outage_is_done_later(self):
        device = self.observed()
        self.cse.stop()
        self.assert_code("2.02", device.deregister())
        self.cse.start()
        self.assert_soon(lambda: self.cse.find(NAME) is None, "the AE has gone", 60)
        self.assert_soon(lambda: self.cse.find(NAME + "-node") is None, "the node has gone")

    def test_a_cse_that_comes_back_empty_is_filled_again(self):
        device = self.observed()
        self.cse.stop()
        self.say(device, 30.5)
        self.cse.forget()
        self.cse.start()
        self.cse.wait_resource(NAME + "/responses", 60)
        self.assertIn("30.5", self.cse.wait_contents(TEMPERATURE, 1, 30))
        # When the value came to the empty CSE before anybody saw that it had been away, what else is gone shows with the
        # look that follows 10 s later.
        self.cse.wait_resource(NAME + "-node", 30)

    def test_a_cse_that_answers_nothing_is_an_outage_too(self):
        device = self.observed()
        silence = self.cse.fault(lambda r: True, action="silence")
        self.say(device, 30.5, 31.5)
        other = self.device("urn:dev:2")
        self.assert_code("2.01", other.register())
        self.ipe.wait_log("event=cse-silent", 20)
        silence.times = 0
        self.cse.clear_faults()
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 3, 60), ["21.5", "30.5", "31.5"])
        self.cse.wait_resource("dev-2/3303/0", 30)

    def test_a_later_refusal_withdraws_the_registration(self):
        cse = Cse()
        self.start(IMPATIENT, cse=cse, ready=False)
        self.ipe.wait_alive()
        device = self.device()
        self.assert_code("2.01", device.register())
        cse.fault(lambda r: r.ty == 3 and '"3303"' in r.body.decode(), rsc=4103)
        cse.start()
        self.ipe.wait_log("event=cse-refused", 40)
        self.assert_code("4.04", device.update())
        self.assert_code("4.00", device.register())


if __name__ == "__main__":
    main()
