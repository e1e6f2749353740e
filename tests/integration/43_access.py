#!/usr/bin/env python3
"""Access control: who is refused and who is granted what, with the CSE of the tests and with the embedded one
(TS-0014 §6.6; R57, R63, R64)."""

import json
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import DELETE, PUT
from ipe_process import Ipe, main
from lwm2m_device import Device, Resource, example_objects
from mca import Application, Refused
from mca_cse import Cse
from ports import free_port

NAME = "meter-1"
INSTANCE = NAME + "/3303/0"
REFUSED = 4103
ACCESS = {"access.readers": "Creader", "access.writers": "Cwriter", "access.deleters": "Ccleaner",
          "access.administrators": "Cboss"}


def objects():
    """Server 101 may read temperature 0, and change what it may; nothing is said of the other objects."""
    made = example_objects()
    made[1][0][0].value = 101
    made[2] = {0: {0: Resource(3303), 1: Resource(0), 2: Resource({101: 1}, "RW"),
                   3: Resource(101, "RW")}}
    made[3303][1] = {5700: Resource(31.5, "R")}
    return made


class AccessCases:
    """The same for every CSE; only what applications see counts."""

    def begin(self, ipe, url):
        self.ipe, self.url = ipe, url
        self.addCleanup(self.end)
        self.ipe.start()
        for originator in ("Creader", "Cwriter", "Ccleaner", "Cboss", "Coutsider"):
            Application(url, "cse-in", originator).register("app-" + originator)
        self.device = Device(self.ipe.coap, NAME, version="1.1", objects=objects())
        self.addCleanup(self.device.close)
        self.assertEqual(self.device.register().code, 0x41)
        self.device.wait_observed("/2")
        self.soon(lambda: self.answers("Cboss", "GET", NAME + "/access-3303-0", 2000), "its policy")
        self.soon(lambda: self.answers("Creader", "GET", INSTANCE + "/5700/la", 2000), "a value")

    def end(self):
        outcome = self._outcome
        failed = bool(getattr(outcome, "errors", None) and any(e for _, e in outcome.errors))
        self.ipe.__exit__(AssertionError if failed else None)

    def app(self, originator):
        return Application(self.url, "cse-in", originator)

    def soon(self, predicate, what):
        self.ipe.wait_until(predicate, what=what)

    def answers(self, originator, method, address, wanted):
        return self.app(originator).request(method, address)[0] == wanted

    def assert_refused(self, request):
        with self.assertRaises(Refused) as refused:
            request()
        self.assertEqual(refused.exception.rsc, REFUSED)

    def outcome(self, part):
        """The outcome in `responses` that has these members."""
        found = []

        def look():
            rsc, tree = self.app("Creader").request("GET", NAME + "/responses", query=(("rcn", 4),))
            for instance in tree["m2m:cnt"].get("m2m:cin", []) if rsc == 2000 else []:
                content = json.loads(instance["con"])
                if all(content.get(name) == value for name, value in part.items()):
                    found.append(content)
            return found
        self.soon(look, "outcome %s" % part)
        return found[-1]

    def read_command(self):
        return json.dumps({"op": "read", "path": "/3/0/9", "id": "r"})

    # ---- who may do what

    def test_an_outsider_is_refused(self):
        app = self.app("Coutsider")
        self.assert_refused(lambda: app.retrieve(INSTANCE + "/5700/la"))
        self.assert_refused(lambda: app.retrieve(NAME))
        self.assert_refused(lambda: app.write(NAME + "/requests", self.read_command()))
        self.assert_refused(lambda: app.delete(NAME + "/3303/1"))
        self.assert_refused(lambda: app.delete(NAME))
        self.assert_refused(lambda: app.retrieve("lwm2m-ipe/access"))

    def test_a_reader_reads_and_no_more(self):
        app = self.app("Creader")
        self.assertEqual(app.retrieve(INSTANCE + "/5700/la")["con"], "21.5")
        self.assert_refused(lambda: app.write(NAME + "/requests", self.read_command()))
        self.assert_refused(lambda: app.delete(NAME + "/3303/1"))

    def test_a_writer_commands_and_deletes_nothing(self):
        app = self.app("Cwriter")
        app.write(NAME + "/requests", self.read_command())
        self.assertEqual(self.outcome({"id": "r"})["status"], "done")
        app.write(NAME + "/3/0/14", "+01:00")
        self.soon(lambda: ("/3/0/14", "+01:00") in self.device.written, "the Write")
        self.assert_refused(lambda: app.delete(NAME + "/3303/1"))
        # The device grants us to read temperature 0, and nothing else.
        self.assert_refused(lambda: app.write(INSTANCE + "/5700", "22"))
        self.assertEqual(app.retrieve(INSTANCE + "/5700/la")["con"], "21.5")

    def test_a_deleter_deletes_instances_on_the_device(self):
        app = self.app("Ccleaner")
        self.assert_refused(lambda: app.delete(INSTANCE))
        app.delete(NAME + "/3303/1")
        self.assertEqual(self.outcome({"op": "delete", "path": "/3303/1"})["status"], "done")
        self.assertNotIn(1, self.device.objects[3303])
        self.assertEqual(len(self.device.requests(DELETE)), 1)

    def test_an_administrator_changes_the_list_of_the_device(self):
        boss = self.app("Cboss")
        policy = boss.retrieve(NAME + "/access-3303-0")
        rules = [dict(rule) for rule in policy["pv"]["acr"]]
        for rule in rules:
            if rule["acor"] == ["Cwriter"] and not rule.get("acod"):
                rule["acop"] = 35
        boss.update(NAME + "/access-3303-0", 1, pv={"acr": rules})
        self.assertEqual(self.outcome({"op": "access", "path": "/2/0/2/101"})["status"], "done")
        self.assertEqual(self.device.get("/2/0/2"), {101: 3})
        self.soon(lambda: self.answers_of_write() == 2001, "a Write that is granted")
        # The device takes the right back.
        self.device.set("/2/0/2", {101: 1})
        self.device.notify("/2")
        self.soon(lambda: self.answers_of_write() == REFUSED, "a Write that is refused")
        # It lets nobody change its list any more.
        self.device.override[(PUT, "/2/0/2/101")] = "4.01"
        boss.update(NAME + "/access-3303-0", 1, pv={"acr": rules})
        refused = self.outcome({"op": "access", "status": "failed"})
        self.assertEqual((refused["rsc"], refused["coap"]), (REFUSED, "4.01"))
        self.soon(lambda: boss.retrieve(NAME + "/access-3303-0")["pv"] == policy["pv"],
                  "the policy as it was")

    def answers_of_write(self):
        return self.app("Cwriter").request(
            "POST", INSTANCE + "/5700", {"m2m:cin": {"con": "x"}}, 4)[0]


class TestCse(AccessCases, unittest.TestCase):
    def setUp(self):
        self.cse = Cse()
        self.cse.start()
        self.addCleanup(self.cse.stop)
        self.begin(Ipe(self.cse.url, ACCESS), self.cse.url)


class EmbeddedCse(AccessCases, unittest.TestCase):
    def setUp(self):
        port = free_port(socket.SOCK_STREAM)
        self.begin(Ipe("embedded", dict(ACCESS, **{"cse.embedded.bind": "127.0.0.1:%d" % port})),
                   "http://127.0.0.1:%d" % port)


if __name__ == "__main__":
    main()
