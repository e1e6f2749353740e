#!/usr/bin/env python3
"""Values as modules of TS-0023 and as time series, and modules as commands (TS-0001 §9.6.35, §9.6.36; R51, R57)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import PUT
from interworking import InterworkingTest, main
from lwm2m_device import Resource, example_objects
from mca import Refused
from mca_cse import FCNT, TS, Cse

NAME = "imei-990000862471854"
SWITCH = NAME + "/3312/0/binarySwitch"
MODES = {"interworking.modes": "semantic,flexcontainer,timeseries"}


def objects():
    with_switch = example_objects()
    with_switch[3312] = {0: {5850: Resource(False, "RW")}}
    return with_switch


class Modules(InterworkingTest):
    def attribute(self, address, name):
        found = self.cse.find(address)
        return None if found is None else found.attributes.get(name)

    def switch(self, originator, state):
        self.application(originator).update(SWITCH, FCNT, root="cod:binSh", state=state)

    def assert_refused(self, request):
        with self.assertRaises(Refused) as refused:
            request()
        self.assertEqual(refused.exception.rsc, 4103)

    def test_a_sensor_is_a_module_and_a_time_series(self):
        self.start(MODES)
        device, _ = self.registered(objects=objects())
        self.cse.wait_resource(NAME + "/3303/0/temperature")
        self.assertEqual(self.attribute(NAME + "/3303/0/temperature", "curT0"), 21.5)
        device.wait_observed("/3303/0")
        device.set("/3303/0/5700", 22.25)
        device.notify("/3303/0")
        self.assert_soon(lambda: self.attribute(NAME + "/3303/0/temperature", "curT0") == 22.25,
                         "the module is not updated")
        self.cse.wait_resource(NAME + "/3303/0/5700-ts")
        self.assertEqual(self.cse.wait_contents(NAME + "/3303/0/5700", 2), ["21.5", "22.25"])

    def test_writers_command_through_a_module_and_readers_do_not(self):
        self.start(dict(MODES, **{"access.readers": "Creader", "access.writers": "Cwriter"}))
        device, _ = self.registered(objects=objects())
        self.cse.wait_resource(SWITCH + "/lwm2m-ipe-management")
        self.assertFalse(self.application("Creader").retrieve(SWITCH)["state"])
        self.assert_refused(lambda: self.switch("Creader", True))
        self.assert_refused(lambda: self.switch("Coutsider", True))
        self.assert_refused(lambda: self.application("Coutsider").retrieve(SWITCH))
        self.assertEqual(device.requests(PUT, "/3312/0/5850"), [])
        self.switch("Cwriter", True)
        self.assertTrue(device.wait_for(lambda: device.requests(PUT, "/3312/0/5850")))
        self.assertTrue(device.get("/3312/0/5850"))
        self.assert_soon(lambda: any('"status":"done"' in text
                                     for text in self.cse.contents(NAME + "/responses")),
                         "no outcome")
        # A thermometer is told, not commanded.
        self.assert_refused(lambda: self.application("Cwriter").update(
            NAME + "/3303/0/temperature", FCNT, root="cod:tempe", curT0=99))

    def test_a_cse_without_the_types_takes_the_values_all_the_same(self):
        self.start(MODES, cse=Cse(without=(FCNT, TS)))
        self.registered(objects=objects())
        self.assertEqual(self.cse.wait_contents(NAME + "/3303/0/5700", 1), ["21.5"])
        self.ipe.wait_metric("ipe_rows_without_target_total")


if __name__ == "__main__":
    main()
