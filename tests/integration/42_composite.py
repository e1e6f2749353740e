#!/usr/bin/env python3
"""Composite operations, and bodies in the formats that a device announces (LwM2M 1.1.1 §6.3.8, §6.3.9,
§6.4.4, §7.4): DM-9, DM-10, DM-13, DM-14, IR-10, FMT-4.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import senml
from coap import ACCEPT, FETCH, GET, IPATCH, OBSERVE, POST, PUT
from interworking import InterworkingTest, SharedInterworkingTest, main
from lwm2m_device import TEXT, TLV
from senml import SENML_CBOR, SENML_JSON

NAME = "urn:imei:990000862471854"


class Composite(SharedInterworkingTest):
    settings = {}

    def run_on(self, ae, op, **members):
        return self.run_command(ae, dict(members, op=op))

    def assert_outcome(self, outcome, status, rsc):
        self.assertEqual((outcome["status"], outcome["rsc"]), (status, rsc), outcome)

    def test_read_of_several_objects_in_each_format(self):
        for number, content_format in ((1, SENML_JSON), (2, SENML_CBOR)):
            device, ae = self.registered("urn:dev:ops:read-%d" % number, version="1.1",
                                         formats=(content_format,))
            outcome = self.run_on(ae, "read-composite",
                                  paths=["/3303/0/5700", "/3/0/6", "/3/0/0", "/3/0/21"])
            self.assert_outcome(outcome, "done", 2000)
            self.assertEqual(outcome["values"], {"/3/0/0": "Test Works", "/3/0/6/0": 1,
                                                 "/3/0/6/1": 5, "/3303/0/5700": 21.5})
            request, = device.requests(FETCH)
            self.assertEqual((request.path, request.content_format, request.number(ACCEPT)),
                             ("/", content_format, content_format))
            self.assertEqual(senml.decode(request.payload, content_format),
                             [(path, None) for path in ("/3/0/0", "/3/0/6", "/3/0/21",
                                                        "/3303/0/5700")])

    def test_what_was_read_goes_to_the_containers(self):
        device, ae = self.registered("urn:dev:ops:news", version="1.1", formats=(SENML_JSON,))
        self.cse.wait_contents(ae + "/3303/0/5700", 1)
        device.set("/3303/0/5700", 33.25)
        self.assert_outcome(self.run_on(ae, "read-composite", paths=["/3303/0/5700", "/3/0/9"]),
                            "done", 2000)
        self.assert_soon(lambda: self.cse.contents(ae + "/3303/0/5700")[-1:] == ["33.25"], "33.25")

    def test_write_is_all_or_nothing(self):
        device, ae = self.registered("urn:dev:ops:write", version="1.1", formats=(SENML_CBOR,))
        outcome = self.run_on(ae, "write-composite",
                              values={"/1/0/1": 600, "/3/0/14": "+02:00", "/1/0/6": True})
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(device.written, [("/1/0/1", 600), ("/3/0/14", "+02:00"), ("/1/0/6", True)])
        self.assertEqual([m.path for m in device.requests(IPATCH)], ["/"])
        outcome = self.run_on(ae, "write-composite", values={"/3/0/15": "Asia/Tokyo", "/33000/0/1": "x"})
        self.assert_outcome(outcome, "failed", 4004)
        self.assertEqual(device.get("/3/0/15"), "Etc/UTC")

    def test_what_contradicts_itself_is_not_sent(self):
        device, ae = self.registered("urn:dev:ops:wrong", version="1.1", formats=(SENML_CBOR,))
        for members, rsc in (({"paths": ["/3", "/3/0/9"]}, 4000), ({"paths": []}, 4000), ({}, 4000),
                             ({"paths": ["/0/0"]}, 4005), ({"paths": ["/3/0/4"]}, 4005)):
            self.assert_outcome(self.run_on(ae, "read-composite", **members), "failed", rsc)
        self.assert_outcome(self.run_on(ae, "write-composite", values={"/3/0/9": 1}), "failed", 4005)
        self.assertEqual(device.requests(FETCH) + device.requests(IPATCH), [])

    def test_a_device_of_1_0_is_not_asked(self):
        device, ae = self.registered("urn:dev:ops:old")
        for op, members in (("read-composite", {"paths": ["/3/0/9"]}),
                            ("observe-composite", {"paths": ["/3/0/9"]}),
                            ("cancel-observe", {"paths": ["/3/0/9"]}),
                            ("write-composite", {"values": {"/3/0/14": "x"}})):
            outcome = self.run_on(ae, op, **members)
            self.assert_outcome(outcome, "failed", 5001)
            self.assertIn("LwM2M 1.1", outcome["reason"])
            self.assertIn("1.0", outcome["reason"])
        self.assertEqual(device.requests(FETCH) + device.requests(IPATCH), [])

    def test_observe_and_cancel(self):
        device, ae = self.registered("urn:dev:ops:observe", version="1.1", formats=(SENML_JSON,))
        self.cse.wait_contents(ae + "/3303/0/5700", 1)
        outcome = self.run_on(ae, "observe-composite", paths=["/3303/0/5700", "/3/0/9"])
        self.assert_outcome(outcome, "done", 2000)
        both = "/3/0/9 /3303/0/5700"
        token = device.wait_observed(both)
        device.set("/3303/0/5700", 44.5)
        device.set("/3/0/9", 44)
        device.notify(both)
        self.assert_soon(lambda: self.cse.contents(ae + "/3303/0/5700")[-1:] == ["44.5"], "44.5")
        self.assert_soon(lambda: self.cse.contents(ae + "/3/0/9")[-1:] == ["44"], "44")
        # In another order it is the same list; with its own token and the same octets.
        outcome = self.run_on(ae, "cancel-observe", paths=["/3/0/9", "/3303/0/5700"])
        self.assert_outcome(outcome, "done", 2000)
        observe, cancel = device.requests(FETCH)
        self.assertEqual((observe.number(OBSERVE), cancel.number(OBSERVE)), (0, 1))
        self.assertEqual((cancel.token, cancel.payload), (token, observe.payload))
        self.assertNotIn(both, device.observations)

    def test_one_value_goes_in_a_format_that_is_announced(self):
        device, ae = self.registered("urn:dev:ops:formats", version="1.1", formats=(SENML_CBOR,))
        self.assert_outcome(self.run_on(ae, "write", path="/3/0/14", value="+01:00"), "done", 2004)
        request, = device.requests(PUT, "/3/0/14")
        self.assertEqual(request.content_format, SENML_CBOR)
        outcome = self.run_on(ae, "update", path="/1/0", values={"1": 60, "6": True})
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(device.requests(POST, "/1/0")[0].content_format, SENML_CBOR)
        self.assertEqual(device.get("/1/0/1"), 60)

    def test_after_4_15_once_in_another_format(self):
        device, ae = self.registered("urn:dev:ops:fussy", version="1.1", formats=(TLV, SENML_JSON))
        tried = []

        def refuses_tlv(request):
            tried.append(request.content_format)
            return "4.15" if request.content_format == TLV else device.answer(request)
        device.override[(POST, "/1/0")] = refuses_tlv
        outcome = self.run_on(ae, "update", path="/1/0", values={"1": 70})
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(tried, [TLV, SENML_JSON])
        self.assertEqual(device.get("/1/0/1"), 70)
        device.override[(PUT, "/3/0/14")] = lambda request: tried.append(request) or "4.15"
        outcome = self.run_on(ae, "write", path="/3/0/14", value="x")
        self.assert_outcome(outcome, "failed", 4015)
        self.assertEqual(len(tried), 4)

    def test_accept_is_what_the_command_says(self):
        device, ae = self.registered("urn:dev:ops:accept", version="1.1",
                                     formats=(TEXT, TLV, SENML_CBOR, SENML_JSON))
        outcome = self.run_on(ae, "read", path="/1/0", accept=SENML_JSON)
        self.assert_outcome(outcome, "done", 2000)
        self.assertEqual(outcome["values"]["/1/0/1"], 300)
        self.assertEqual(device.requests(GET, "/1/0")[-1].number(ACCEPT), SENML_JSON)


class Restart(InterworkingTest):
    def test_a_composite_observation_survives(self):
        self.start()
        device, ae = self.registered(version="1.1", formats=(SENML_CBOR,))
        self.cse.wait_contents(ae + "/3303/0/5700", 1)
        paths = ["/3/0/9", "/3303/0/5700"]
        outcome = self.run_command(ae, {"op": "observe-composite", "paths": paths})
        self.assertEqual(outcome["status"], "done", outcome)
        both = " ".join(paths)
        device.wait_observed(both)
        self.ipe.kill()
        self.ipe.start()
        device.set("/3303/0/5700", 55.5)
        device.notify(both)
        self.assert_soon(lambda: self.cse.contents(ae + "/3303/0/5700")[-1:] == ["55.5"], "55.5")
        outcome = self.run_command(ae, {"op": "cancel-observe", "paths": paths})
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertNotIn(both, device.observations)


if __name__ == "__main__":
    main()
