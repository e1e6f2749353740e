#!/usr/bin/env python3
"""Firmware Update (object 5): push by block-wise Write, pull from the program's own source, and what may go wrong."""

import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import ACK, BLOCK1, BLOCK2, GET, POST, PUT, SIZE1, Message
from firmware_device import DOWNLOADING, IDLE, UPDATING, FirmwareDevice
from interworking import InterworkingTest, main

NAME = "imei-990000862471854"
ENDPOINT = "urn:imei:990000862471854"
IMAGE = bytes(i * i // 251 % 256 for i in range(20000))


class FirmwareTest(InterworkingTest):
    def begin(self, **options):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.image = os.path.join(directory.name, "new.bin")
        with open(self.image, "wb") as file:
            file.write(IMAGE)
        self.start({"firmware.directory": directory.name})
        self.phone = FirmwareDevice(self.ipe.coap, ENDPOINT, **options)
        self.addCleanup(self.phone.close)
        self.assert_code("2.01", self.phone.register())
        self.cse.wait_resource(NAME + "/responses")
        self.phone.wait_observed("/5/0/3")

    def update(self, **members):
        return self.command(NAME, dict({"id": "fw", "op": "firmware-update"}, **members))

    def statuses(self, request):
        outcomes = [json.loads(text) for text in self.cse.contents(NAME + "/responses")]
        return [o for o in outcomes if o["request"] == request["rn"]]

    def wait_state(self, state, timeout=60.0):
        self.assertTrue(self.phone.wait_for(lambda: self.phone.state == state, timeout),
                        "state is %d" % self.phone.state)

    def install(self, request, version="2.0"):
        """From Downloaded to the end."""
        self.wait_state(UPDATING)
        self.assert_code("2.01", self.phone.reboot(version))
        outcome = self.outcome(NAME, request, "done")
        self.assertEqual((outcome["rsc"], outcome["result"], outcome["version"]), (2004, 1, version))
        self.assertEqual(len(self.phone.requests(POST, "/5/0/2")), 1)
        return outcome

    def blocks(self):
        return [m for m in self.phone.requests(PUT, "/5/0/0") if m.block(BLOCK1)]


class Push(FirmwareTest):
    def test_from_the_command_to_the_new_version(self):
        self.begin()
        request = self.update(file="new.bin")
        outcome = self.install(request)
        self.assertEqual(outcome["method"], "push")
        self.assertEqual(self.phone.packages, [IMAGE])
        self.assertEqual(self.blocks()[0].number(SIZE1), len(IMAGE))
        told = self.statuses(request)
        self.assertEqual(told[0]["status"], "accepted")
        percents = [o["percent"] for o in told if "percent" in o]
        self.assertEqual(percents, sorted(percents))
        self.assertGreaterEqual(len(percents), 10)
        steps = list(dict.fromkeys(o["step"] for o in told if "step" in o))
        self.assertEqual(steps, ["downloading", "downloaded", "updating"])
        self.assertEqual(self.ipe.metric("ipe_firmware_updates_total", '{outcome="done"}'), 1)
        self.assertEqual(json.loads(self.ipe.get("/firmware")[1]), {"updates": []})

    def test_lost_blocks_and_lost_answers(self):
        self.begin(block_size=256)
        lost = set()

        def pass_in(message):
            block = message.block(BLOCK1) if message.code == PUT else None
            first = block and block[0] in (0, 7, 78) and ("in", block[0]) not in lost
            if first:
                lost.add(("in", block[0]))
            return not first

        def pass_out(message):
            block = message.block(BLOCK1) if message.type == ACK else None
            first = block and block[0] in (5, 40) and ("out", block[0]) not in lost
            if first:
                lost.add(("out", block[0]))
            return not first

        self.phone.coap.incoming, self.phone.coap.outgoing = pass_in, pass_out
        request = self.update(file="new.bin", method="push")
        self.install(request)
        self.assertEqual(len(lost), 5)
        self.assertEqual(self.phone.packages, [IMAGE])

    def test_a_device_that_registers_anew_midway_gets_it_from_the_start(self):
        self.begin()
        # As after a power failure: the first transfer ends in silence.
        self.phone.override[(PUT, "/5/0/0")] = lambda m: (
            None if m.block(BLOCK1)[0] >= 5 else self.phone.answer(m))
        request = self.update(file="new.bin")
        self.assertTrue(self.phone.wait_for(lambda: len(self.blocks()) > 5))
        del self.phone.override[(PUT, "/5/0/0")]
        self.assert_code("2.01", self.phone.register())
        self.install(request)
        self.assertEqual(self.phone.packages, [IMAGE])
        self.assertGreaterEqual(len([m for m in self.blocks() if m.block(BLOCK1)[0] == 0]), 2)

    def test_a_package_that_fails_the_integrity_check(self):
        self.begin()
        self.phone.good = lambda package: False
        outcome = self.outcome(NAME, self.update(file="new.bin"), "failed")
        self.assertEqual((outcome["rsc"], outcome["result"]), (4102, 5))
        self.assertIn("integrity check", outcome["reason"])
        self.assertFalse(self.phone.requests(POST, "/5/0/2"))

    def test_an_installation_that_fails(self):
        self.begin()
        request = self.update(file="new.bin")
        self.wait_state(UPDATING)
        self.phone.reboot(result=8)
        outcome = self.outcome(NAME, request, "failed")
        self.assertEqual((outcome["rsc"], outcome["result"]), (5000, 8))

    def test_cancelled_midway_no_block_follows(self):
        self.begin(block_size=64)
        request = self.update(file="new.bin")
        self.assertTrue(self.phone.wait_for(lambda: len(self.blocks()) > 20))
        self.assertEqual(self.run_command(NAME, {"id": "c", "op": "firmware-cancel"})["status"], "done")
        self.assertEqual(self.outcome(NAME, request, "failed")["reason"], "cancelled")
        count = len(self.blocks())
        self.assertLess(count, len(IMAGE) // 64)
        self.assertEqual(self.phone.state, IDLE)
        self.assert_stays(lambda: len(self.blocks()) == count, 3.0, "blocks after the end")
        self.assertEqual(self.phone.packages, [])

    def test_killed_midway_it_begins_again(self):
        self.begin(block_size=64)
        request = self.update(file="new.bin")
        self.assertTrue(self.phone.wait_for(lambda: len(self.blocks()) > 20))
        self.ipe.kill()
        self.ipe.start()
        self.install(request)
        self.assertEqual(self.phone.packages[-1], IMAGE)


class Pull(FirmwareTest):
    def begin_pull(self, **options):
        self.begin(**options)
        self.request = self.update(file="new.bin", method="pull")
        self.wait_state(DOWNLOADING)

    def test_blocks_of_every_size(self):
        self.begin_pull(delivery=0)
        self.assertRegex(self.phone.get("/5/0/1"), r"^coap://127\.0\.0\.1:%d/fw/[0-9a-f]{16}/new\.bin$"
                         % self.ipe.coap[1])
        for size in (16, 64, 256, 1024):
            octets, _, etag = self.phone.fetch(size)
            self.assertEqual(octets, IMAGE)
            self.assertEqual(len(etag), 1, "RFC 7959 §2.4")
        self.phone.take(octets)
        self.assertEqual(self.install(self.request)["method"], "pull")
        self.assertFalse(self.phone.requests(PUT, "/5/0/0"))

    def test_an_interrupted_download_goes_on_where_it_was(self):
        self.begin_pull()
        octets, number, etag = self.phone.fetch(128, count=40)
        self.phone.move()  # another port, as after a silence behind NAT
        more, number, etag_then = self.phone.fetch(128, number, count=20)
        octets += more
        self.assertEqual(etag_then, etag)
        # RFC 7959 §2.4: the size may become smaller; numbers count in the new one.
        more, number, _ = self.phone.fetch(32, number * 4)
        self.phone.take(octets + more)
        self.assertEqual(self.phone.packages, [IMAGE])
        self.assert_code("2.04", self.phone.update())
        self.install(self.request)

    def test_lost_blocks(self):
        self.begin_pull()
        self.phone.coap.ACK_TIMEOUT = 0.2
        dropped = set()

        def pass_in(message):
            number = message.block(BLOCK2)[0] if message.block(BLOCK2) else None
            drop = number in (0, 3, 4, 11, 19) and number not in dropped
            if drop:
                dropped.add(number)
            return not drop

        self.phone.coap.incoming = pass_in
        octets, _, _ = self.phone.fetch(1024)
        self.assertEqual((octets, len(dropped)), (IMAGE, 5))

    def test_only_who_has_an_update_under_way_gets_it(self):
        self.begin_pull()
        key = self.phone.get("/5/0/1").split("/")[-2]
        for path in ("/fw/new.bin", "/fw/0123456789abcdef/new.bin", "/fw/%s/other.bin" % key,
                     "/fw/%s/../new.bin" % key, "/fw"):
            self.assert_code("4.04", self.phone.coap.request(Message(GET, path=path)))
        good = "/fw/%s/new.bin" % key
        self.assert_code("2.05", self.phone.coap.request(Message(GET, path=good)))
        self.run_command(NAME, {"op": "firmware-cancel"})
        self.outcome(NAME, self.request, "failed")
        self.assert_code("4.04", self.phone.coap.request(Message(GET, path=good)))

    def test_a_restart_of_the_program_midway(self):
        self.begin_pull()
        octets, number, etag = self.phone.fetch(256, count=30)
        self.ipe.kill()
        self.ipe.start()
        more, _, etag_then = self.phone.fetch(256, number)
        self.assertEqual((octets + more, etag_then), (IMAGE, etag))
        self.phone.take(octets + more)
        self.install(self.request)
        self.assertEqual(len(self.phone.requests(PUT, "/5/0/1")), 1)

    def test_a_device_that_cannot_fetch_by_coap(self):
        self.begin(delivery=0, protocols=(2, 3))
        outcome = self.outcome(NAME, self.update(file="new.bin"), "failed")
        self.assertEqual(outcome["rsc"], 5001)
        self.assertIn("/5/0/8", outcome["reason"])
        request = self.update(uri="http://images.example/new.bin")
        self.wait_state(DOWNLOADING)
        self.assertEqual(self.phone.get("/5/0/1"), "http://images.example/new.bin")
        self.phone.take(IMAGE)
        self.install(request)


class Refusals(FirmwareTest):
    def test_what_cannot_begin(self):
        self.begin()
        for members, rsc, reason in (
                ({"file": "missing.bin"}, 4004, "missing.bin"),
                ({"file": "../new.bin"}, 4004, "expected a name"),
                ({}, 4000, "\"file\": missing"),
                ({"file": "new.bin", "method": "carry"}, 4000, "\"method\""),
                ({"uri": "ftp://a/b"}, 4000, "\"uri\"")):
            outcome = self.outcome(NAME, self.update(**members))
            self.assertEqual((outcome["status"], outcome["rsc"]), ("failed", rsc), outcome)
            self.assertIn(reason, outcome["reason"])
        self.assertFalse(self.phone.requests(PUT, "/5/0/0") + self.phone.requests(PUT, "/5/0/1"))


if __name__ == "__main__":
    main()
