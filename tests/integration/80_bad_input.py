#!/usr/bin/env python3
"""What devices, applications and the CSE do wrong: a log line, a counter, and nothing else changes."""

import http.client
import os
import random
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import CON, DELETE, FETCH, GET, POST, PUT, Message, Reset
from interworking import InterworkingTest, main
from mca_cse import CIN

NAME = "imei-990000862471854"
TEMPERATURE = NAME + "/3303/0/5700"


class Devices(InterworkingTest):
    def setUp(self):
        self.start()
        self.instrument, _ = self.registered()
        self.instrument.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)

    def assert_all_is_well(self):
        before = len(self.cse.contents(TEMPERATURE))
        self.instrument.set("/3303/0/5700", 60.0 + before)
        self.instrument.notify("/3303/0")
        self.cse.wait_contents(TEMPERATURE, before + 1)
        self.assert_code("2.04", self.instrument.update())

    def ask(self, method, path, **content):
        return self.instrument.coap.request(Message(method, path=path, **content))

    def test_registrations_that_are_none(self):
        aes = len(self.cse.asked("POST", 2))
        good = ["ep=urn:bad:1", "lt=60", "lwm2m=1.0", "b=U"]
        for query, payload, wanted in (
                (good[1:], "</3/0>", "4.00"),                                # no ep
                (["ep="] + good[1:], "</3/0>", "4.00"),
                (["ep=a\tb"] + good[1:], "</3/0>", "4.00"),
                ([good[0], "lt=soon", good[2]], "</3/0>", "4.00"),
                ([good[0], "lt=-1", good[2]], "</3/0>", "4.00"),
                ([good[0], "lt=60", "lwm2m=9.9"], "</3/0>", "4.12"),
                (good, "<<</3/0", "4.00"),
                (good, "</3/0>,", None),
                (good, b"\xff\xfe\x00", "4.00")):
            answer = self.ask(POST, "/rd", query=query, content_format=40, payload=payload)
            if wanted is None:
                self.assertIn(answer.code >> 5, (2, 4), answer)
            else:
                self.assert_code(wanted, answer)
        answer = self.instrument.coap.request(Message(
            POST, path="/rd", options=[(15, b"ep=\xff\xfe"), (15, b"lt=60"), (15, b"lwm2m=1.0")],
            content_format=40, payload="</3/0>"))
        self.assert_code("4.00", answer)
        # RFC 7252 §5.10: Uri-Query has at most 255 octets.
        with self.assertRaises(Reset):
            self.ask(POST, "/rd", query=["ep=" + "x" * 256] + good[1:], payload="</3/0>")
        self.assertLessEqual(len(self.cse.asked("POST", 2)), aes + 1, "none became an AE")
        self.assert_all_is_well()

    def test_unknown_paths_and_methods(self):
        self.assert_code("4.04", self.ask(POST, "/nowhere"))
        self.assert_code("4.04", self.ask(GET, "/3/0"))
        self.assert_code("4.04", self.ask(POST, "/rd/unknown"))
        self.assert_code("4.04", self.ask(DELETE, "/rd/unknown"))
        for method in (GET, PUT, FETCH):
            self.assertEqual(self.ask(method, "/rd").code >> 5, 4)
        self.assert_all_is_well()

    def test_an_unknown_critical_option_is_a_bad_option(self):
        answer = self.instrument.coap.request(Message(
            POST, path="/rd", query=["ep=urn:bad:2", "lt=60", "lwm2m=1.0"], content_format=40,
            payload="</3/0>", options=[(9999, b"?")]))
        self.assert_code("4.02", answer)
        self.assert_all_is_well()

    def test_payloads_that_cannot_be_decoded_are_counted_and_acknowledged(self):
        for payload, content_format in ((b"\xc8\xff\x10short", 11542), (b"{", 11543),
                                        (b"\xc8", 11542), (b"\x00" * 3, 11542),
                                        (b"anything", 4242)):
            self.instrument.notify("/3303/0", payload=payload, content_format=content_format)
        self.ipe.wait_metric("ipe_payloads_undecodable_total", 4)
        self.ipe.wait_log(r"event=payload-undecodable .*cause=")
        self.assertEqual(self.cse.contents(TEMPERATURE), ["21.5"])
        self.assert_all_is_well()

    def test_datagrams_that_are_no_messages(self):
        generator = random.Random(1)
        # Of another endpoint: what a cut leaves may be a Register all the same.
        stranger = self.device("urn:stranger:of-a-long-name")
        whole = stranger.registration().encode()
        for length in range(1, len(whole)):
            self.instrument.coap.send_octets(whole[:length])
        for _ in range(500):
            self.instrument.coap.send_octets(generator.randbytes(generator.randrange(1, 100)))
        self.assert_all_is_well()

    def test_a_response_that_nobody_waits_for(self):
        self.instrument.coap.send(Message(0x45, CON, 77, b"nobody", b"21.5", content_format=0))
        self.assertTrue(self.instrument.wait_for(
            lambda: any(m.type == 3 and m.message_id == 77
                        for m in self.instrument.coap.received)), "Reset")
        self.assert_all_is_well()


class TheNotificationPort(InterworkingTest):
    def post(self, body, path=None, headers=None):
        where = urllib.parse.urlsplit(self.cse.find(NAME).attributes["poa"][0])
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=5)
        try:
            connection.request("POST", path or where.path, body, headers or {
                "Content-Type": "application/json", "X-M2M-RI": "1", "X-M2M-Origin": "/id-in"})
            response = connection.getresponse()
            response.read()
            return response
        finally:
            connection.close()

    def test_garbage_and_strangers(self):
        self.start()
        device, _ = self.registered()
        cin = '{"m2m:cin":{"ty":4,"ri":"x","rn":"x","con":"{\\"op\\":\\"execute\\",\\"path\\":\\"/3/0/4\\"}"}}'
        for body in ("{", "", "[]", '{"m2m:sgn":5}', '{"m2m:sgn":{"nev":{"net":3}}}',
                     '{"m2m:sgn":{"sur":"/id-in/nobody","nev":{"net":3,"rep":%s}}}' % cin,
                     "{" * 100000):
            response = self.post(body)
            self.assertLess(response.status, 600, body[:40])
        verification = self.post('{"m2m:sgn":{"vrq":true,"sur":"/id-in/s"}}', path="/anything")
        self.assertEqual(verification.headers["X-M2M-RSC"], "2000")
        self.assertEqual(verification.headers["X-M2M-RI"], "1")
        self.ipe.wait_metric("ipe_notify_malformed", 1)
        self.assertEqual(self.run_command(NAME, {"op": "read", "path": "/3/0/9"})["status"], "done")
        self.assertEqual(device.executed, [], "a forged notification ran a command")


class TheCse(InterworkingTest):
    def begin(self):
        self.start({"cse.timeout": "3s"})
        device, _ = self.registered()
        device.wait_observed("/3303/0")
        self.cse.wait_contents(TEMPERATURE, 1)
        self.cse.wait_contents(NAME + "/3303/0/5701", 1)
        return device

    def say(self, device, value):
        device.set("/3303/0/5700", value)
        device.notify("/3303/0")

    def is_value(self, text):
        return lambda r: r.ty == CIN and '"%s"' % text in r.body.decode()

    def refused(self, rsc, status=None):
        device = self.begin()
        fault = self.cse.fault(self.is_value("30.5"), rsc=rsc, status=status)
        self.say(device, 30.5)
        self.say(device, 31.5)
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 2), ["21.5", "31.5"])
        self.assertGreaterEqual(fault.hits, 1)
        self.ipe.wait_log(r"event=row-refused .*rsc=%d .*cause=" % rsc)
        self.assertEqual(self.ipe.metric("ipe_deliveries_refused_total", str(rsc)), 1)
        self.assertEqual(self.ipe.metric("ipe_outbox_refused_rows"), 1)

    def test_a_value_refused_with_400_moves_aside(self):
        self.refused(4000)

    def test_a_value_that_is_not_acceptable_moves_aside(self):
        self.refused(5207, 406)

    def test_a_value_of_the_wrong_type_moves_aside(self):
        self.refused(4102, 400)

    def test_403_is_a_state_that_is_tried_again(self):
        device = self.begin()
        self.cse.fault(self.is_value("30.5"), rsc=4103)
        self.say(device, 30.5)
        self.ipe.wait_log("event=forbidden")
        self.ipe.wait_metric("ipe_endpoints_forbidden", 1)
        self.assertEqual(self.cse.contents(TEMPERATURE), ["21.5"])

    def test_404_makes_the_container_again(self):
        device = self.begin()
        self.cse.fault(self.is_value("30.5"), rsc=4004, times=1)
        container = self.cse.find(NAME + "/3303/0/5700")
        with self.cse._changed:
            self.cse._remove(container)
        self.say(device, 30.5)
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 1, 20), ["30.5"])

    def test_a_conflict_on_the_first_attempt_gets_another_name(self):
        device = self.begin()
        self.cse.fault(self.is_value("30.5"), rsc=4105, times=1)
        self.say(device, 30.5)
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 2), ["21.5", "30.5"])
        self.assertEqual(self.ipe.metric("ipe_name_collisions_total"), 1)
        names = [r.content["rn"] for r in self.cse.requests if self.is_value("30.5")(r)]
        self.assertEqual(len(set(names)), 2)

    def retried(self, **fault):
        device = self.begin()
        self.cse.fault(self.is_value("30.5"), times=2, **fault)
        self.say(device, 30.5)
        self.say(device, 31.5)
        self.assertEqual(self.cse.wait_contents(TEMPERATURE, 3, 40), ["21.5", "30.5", "31.5"])
        names = [r.content["rn"] for r in self.cse.requests if self.is_value("30.5")(r)]
        self.assertEqual(len(set(names)), 1, "a row keeps its name for life")

    def test_500_is_tried_again(self):
        self.retried(rsc=5000)

    def test_silence_is_tried_again(self):
        self.retried(action="silence")

    def test_a_closed_connection_is_tried_again(self):
        self.retried(action="close")

    def test_too_many_requests_is_tried_again(self):
        self.retried(rsc=0, status=429)


if __name__ == "__main__":
    main()
