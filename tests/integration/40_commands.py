#!/usr/bin/env python3
"""Commands of applications: through `requests`, and through the container of a resource (TS-0014 §6.4)."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import GET, OBSERVE, POST, PUT, Message
from interworking import IPE, InterworkingTest, main
from lwm2m_device import TLV, read_tlv

NAME = "imei-990000862471854"
ENDPOINT = "urn:imei:990000862471854"


class CommandTest(InterworkingTest):
    def setUp(self):
        self.start()
        self.instrument, _ = self.registered()
        self.instrument.wait_observed("/3303/0")
        self.cse.wait_contents(NAME + "/3/0/14", 1)
        self.cse.wait_contents(NAME + "/3303/0/5700", 1)

    def do(self, op, path, **members):
        return self.run_command(NAME, dict(members, id="c1", op=op, path=path))

    def assert_outcome(self, outcome, status, rsc):
        self.assertEqual((outcome["status"], outcome["rsc"]), (status, rsc), outcome)


class Requests(CommandTest):
    def test_read_of_a_resource(self):
        self.instrument.set("/3/0/9", 77)
        outcome = self.do("read", "/3/0/9")
        self.assert_outcome(outcome, "done", 2000)
        self.assertEqual((outcome["value"], outcome["coap"]), (77, "2.05"))
        self.assertEqual((outcome["id"], outcome["op"], outcome["path"], outcome["ep"]),
                         ("c1", "read", "/3/0/9", ENDPOINT))
        instance = self.cse.instances(NAME + "/responses")[-1]
        self.assertIn("LWM2M-Request:c1", instance.attributes["lbl"])

    def test_read_of_an_instance_and_of_each_type(self):
        outcome = self.do("read", "/3/0")
        self.assert_outcome(outcome, "done", 2000)
        values = outcome["values"]
        self.assertEqual(values["/3/0/0"], "Test Works")
        self.assertEqual(values["/3/0/13"], 1700000000)
        self.assertEqual(values["/3/0/6/1"], 5)
        self.assertEqual(self.do("read", "/3303/0/5700")["value"], 21.5)
        self.assertIs(self.do("read", "/1/0/6")["value"], False)

    def test_write_takes_effect(self):
        outcome = self.do("write", "/3/0/14", value="+02:00")
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(self.instrument.written, [("/3/0/14", "+02:00")])
        self.assertEqual(len(self.instrument.requests(PUT, "/3/0/14")), 1)

    def test_update_writes_several_resources_with_post(self):
        outcome = self.do("update", "/3/0", values={"/3/0/14": "+03:00", "15": "Europe/Paris"})
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(sorted(self.instrument.written),
                         [("/3/0/14", "+03:00"), ("/3/0/15", "Europe/Paris")])
        self.assertEqual(len(self.instrument.requests(POST, "/3/0")), 1)

    def test_write_of_encoded_content(self):
        # C6 0E "+02:00": resource 14 in TLV.
        outcome = self.do("update", "/3/0", content="xg4rMDI6MDA=", format=TLV)
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(self.instrument.written, [("/3/0/14", "+02:00")])

    def test_execute_with_and_without_arguments(self):
        self.assert_outcome(self.do("execute", "/3/0/4"), "done", 2004)
        self.assert_outcome(self.do("execute", "/3303/0/5605", args="0='x'"), "done", 2004)
        self.assertEqual(self.instrument.executed, [("/3/0/4", ""), ("/3303/0/5605", "0='x'")])

    def test_discover(self):
        outcome = self.do("discover", "/3303/0")
        self.assert_outcome(outcome, "done", 2000)
        self.assertIn("</3303/0/5700>", outcome["value"])

    def test_write_attributes(self):
        outcome = self.do("write-attributes", "/3303/0/5700",
                          attributes={"pmin": 5, "pmax": 60, "gt": 30})
        self.assert_outcome(outcome, "done", 2004)
        self.assertEqual(self.instrument.attributes["/3303/0/5700"],
                         {"pmin": "5", "pmax": "60", "gt": "30"})
        self.assert_outcome(self.do("write-attributes", "/3303/0/5700",
                                    attributes={"gt": None}), "done", 2004)
        self.assertNotIn("gt", self.instrument.attributes["/3303/0/5700"])

    def test_create_and_delete(self):
        outcome = self.do("create", "/3303", values={"5700": 1.5, "5701": "K"})
        self.assert_outcome(outcome, "done", 2001)
        self.assertEqual(outcome["location"], "/3303/1")
        self.assertEqual(self.instrument.get("/3303/1/5700"), 1.5)
        created = self.instrument.requests(POST, "/3303")[0]
        self.assertEqual(created.content_format, TLV)
        self.assertEqual([entry[1] for entry in read_tlv(created.payload)], [5700, 5701])
        self.assert_outcome(self.do("delete", "/3303/1"), "done", 2002)
        self.assertNotIn(1, self.instrument.objects[3303])

    def test_observe_and_cancel(self):
        outcome = self.do("observe", "/3303/0/5700")
        self.assert_outcome(outcome, "done", 2000)
        self.instrument.wait_observed("/3303/0/5700")
        self.instrument.set("/3303/0/5700", 55.5)
        self.instrument.notify("/3303/0/5700")
        self.assert_soon(lambda: "55.5" in self.cse.contents(NAME + "/3303/0/5700"), "55.5")
        self.assert_outcome(self.do("cancel-observe", "/3303/0/5700"), "done", 2000)
        cancels = [m for m in self.instrument.requests(GET, "/3303/0/5700")
                   if m.number(OBSERVE) == 1]
        self.assertEqual(len(cancels), 1)

    def test_through_the_shared_container_with_the_endpoint_named(self):
        self.cse.wait_resource(IPE + "/requests")
        outcome = self.run_command(IPE, {"ep": ENDPOINT, "op": "read", "path": "/3/0/0"})
        self.assert_outcome(outcome, "done", 2000)
        self.assertEqual((outcome["ep"], outcome["value"]), (ENDPOINT, "Test Works"))
        outcome = self.run_command(IPE, {"ep": "nobody", "op": "read", "path": "/3/0/0"})
        self.assertEqual(outcome["status"], "failed")

    def test_a_composite_read_is_of_a_later_version(self):
        outcome = self.run_command(NAME, {"op": "read-composite", "paths": ["/3/0/0", "/3303/0"]})
        self.assert_outcome(outcome, "failed", 5001)
        self.assertIn("LwM2M 1.1", outcome["reason"])

    def test_commands_of_one_device_keep_their_order(self):
        requests = [self.command(NAME, {"op": "write", "path": "/3/0/14", "value": "+%02d:00" % n})
                    for n in range(10)]
        for request in requests:
            self.assert_outcome(self.outcome(NAME, request), "done", 2004)
        self.assertEqual([value for _, value in self.instrument.written],
                         ["+%02d:00" % n for n in range(10)])


class Failures(CommandTest):
    def test_what_the_device_refuses(self):
        for path, answer, rsc in (("/3/0/98", "4.04", 4004), ("/3/0/97", "4.05", 4005),
                                  ("/3/0/96", "4.00", 4000), ("/3/0/95", "4.01", 4103),
                                  ("/3/0/94", "5.00", 5000)):
            self.instrument.override[(GET, path)] = answer
            outcome = self.do("read", path)
            self.assert_outcome(outcome, "failed", rsc)
            self.assertEqual(outcome["coap"], answer)
            self.assertIn("reason", outcome)

    def test_a_device_that_resets(self):
        def reset(request):
            self.instrument.coap.send(Message(type=3, message_id=request.message_id))
        self.instrument.override[(GET, "/3/0/9")] = reset
        self.assertEqual(self.do("read", "/3/0/9")["status"], "failed")

    def test_what_is_no_command(self):
        for content in ("{", "[]", "", "42", '{"op":"read"}', '{"op":"fly","path":"/3"}',
                        '{"op":"read","path":"three"}', '{"op":"write","path":"/3/0/14"}',
                        '{"op":"write","path":"/3/0/13","value":"noon"}', "{" * 5000,
                        '{"op":"execute","path":"/3/0/4","args":"not digits"}'):
            request = self.command(NAME, content)
            outcome = self.outcome(NAME, request)
            self.assert_outcome(outcome, "failed", 4000)
            self.assertTrue(outcome["reason"], content)
        self.assert_outcome(self.do("write", "/3/0/0", value="x"), "failed", 4005)
        self.assertEqual((self.instrument.written, self.instrument.executed), ([], []))
        # Still there for who knows how to ask.
        self.assert_outcome(self.do("read", "/3/0/9"), "done", 2000)

    def test_a_command_past_its_time_is_not_run(self):
        stopped = self.cse.fault(lambda r: True, action="delay", delay=0.0)
        self.ipe.stop()
        request = self.command(NAME, {"op": "execute", "path": "/3/0/4", "ttl": 1})
        time.sleep(2.1)  # `ct` has whole seconds
        stopped.times = 0
        self.ipe.start()
        outcome = self.outcome(NAME, request)
        self.assertEqual(outcome["status"], "expired")
        self.assertEqual(self.instrument.executed, [])

    def test_an_application_without_the_right_is_refused_by_the_cse(self):
        reader = self.application("Creader")
        reader.register("reader")
        rsc, _ = reader.request("POST", NAME + "/requests", {"m2m:cin": {"con": "{}"}}, 4)
        self.assertEqual(rsc, 4103)


class Direct(CommandTest):
    def test_a_content_instance_in_a_writable_container_is_a_write(self):
        self.assert_soon(lambda: self.subscribed("3/0/14"), "our subscription")
        self.app.write(NAME + "/3/0/14", "+05:30", cnf="text/plain:0")
        self.assertTrue(self.instrument.wait_for(
            lambda: ("/3/0/14", "+05:30") in self.instrument.written))

    def test_own_values_never_come_back_as_writes(self):
        self.assert_soon(lambda: self.subscribed("3/0/14"), "our subscription")
        for value in ("+01:00", "+02:00", "+03:00"):
            self.instrument.set("/3/0/14", value)
            self.instrument.notify("/3/0")
        self.cse.wait_contents(NAME + "/3/0/14", 4)
        self.assert_stays(lambda: not self.instrument.requests(PUT, "/3/0/14"), 1.0,
                          "the device was written what it had said")
        self.assertEqual(self.instrument.written, [])

    def test_read_only_containers_carry_no_subscription_of_ours(self):
        self.assert_soon(lambda: self.subscribed("3/0/14"), "our subscription")
        self.assertFalse(self.subscribed("3303/0/5700"))
        self.assertFalse(self.subscribed("3/0/9"))

    def test_a_write_that_the_device_refuses_is_told(self):
        self.assert_soon(lambda: self.subscribed("3/0/14"), "our subscription")
        self.instrument.override[(PUT, "/3/0/14")] = "4.00"
        self.app.write(NAME + "/3/0/14", "never", cnf="text/plain:0")
        self.assert_soon(lambda: any(json.loads(text)["status"] == "failed"
                                     for text in self.cse.contents(NAME + "/responses")),
                         "an outcome in responses")

    def subscribed(self, path):
        container = self.cse.find(NAME + "/" + path)
        return [c for c in container.children.values() if c.ty == 23]


if __name__ == "__main__":
    main()
