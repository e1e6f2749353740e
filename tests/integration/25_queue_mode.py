#!/usr/bin/env python3
"""Devices in queue mode: what is held while they sleep, and how it goes out (LwM2M Transport §6.5; QM-1 to QM-8)."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import ACK, GET, PUT, RST, Message, code
from interworking import InterworkingTest, SharedInterworkingTest, main
from lwm2m_device import Device

AWAKE = 1.0  # seconds


def ae_of(device):
    return device.name[4:].replace(":", "-")


class QueueModeTest(InterworkingTest):
    def sleeper(self, name, **options):
        """A device in queue mode whose observations are made."""
        options.setdefault("queue_mode", True)
        device = self.device("urn:dev:" + name, **options)
        self.assert_code("2.01", device.register())
        return self.observed(device)

    def observed(self, device):
        while not device.wait_for(lambda: "/3303/0" in device.observations, AWAKE):
            device.update()  # a busy machine has let it fall asleep before it was asked
        self.cse.wait_resource(ae_of(device) + "/responses")
        self.cse.wait_contents(ae_of(device) + "/3303/0/5700", 1)
        return device

    def sleep(self, device):
        """Returns when the program takes the device for asleep.

        We do not know better than the program when it heard the device last: a Read is put until one is
        reported `accepted`. It is the first that the device gets when it wakes.
        """
        for _ in range(10):
            time.sleep(max(0.0, device.coap.heard_at + AWAKE + 0.1 - time.monotonic()))
            heard = len(device.coap.received)
            request = self.command(ae_of(device), {"op": "read", "path": "/1/0/1"})
            if self.outcome(ae_of(device), request)["status"] == "accepted":
                self.assertEqual(len(device.coap.received), heard, "sent to a sleeping device")
                return
        raise AssertionError("%s never sleeps" % device.name)

    def hold(self, device, **command):
        """Puts a command that is held because the device sleeps: it is reported `accepted`."""
        request = self.command(ae_of(device), command)
        self.outcome(ae_of(device), request, "accepted")
        return request

    def write(self, device, offset):
        return self.hold(device, op="write", path="/3/0/14", value=offset)

    def statuses(self, device, request):
        outcomes = map(json.loads, self.cse.contents(ae_of(device) + "/responses"))
        return [o["status"] for o in outcomes if o["request"] == request["rn"]]

    def assert_done(self, device, *requests):
        for request in requests:
            self.outcome(ae_of(device), request, "done")
            self.assertEqual(self.statuses(device, request), ["accepted", "done"])


class Sleeping(QueueModeTest, SharedInterworkingTest):
    settings = {"queue_mode.awake": "%dms" % (AWAKE * 1000), "queue_mode.depth": "4"}
    DEVICES = {"binding": {"version": "1.0"}, "parameter": {"version": "1.1"},
               "wakeful": {"queue_mode": False}, "changes": {"version": "1.0"}, "single": {}, "late": {},
               "full": {}, "talks": {}, "refuses": {}, "moves": {}}

    @classmethod
    def setUpClass(cls):
        """All register at once, so that they fall asleep at the same time."""
        super().setUpClass()
        cls.devices = {}
        for name, options in cls.DEVICES.items():
            device = Device(cls.ipe.coap, "urn:dev:" + name, **dict({"queue_mode": True}, **options))
            cls.addClassCleanup(device.close)
            cls.devices[name] = device
            device.register()

    def sleeper(self, name):
        return self.observed(self.devices[name])

    def assert_held_until(self, device, wake):
        """Commands are held, go out after wake() in their order, and after what it was answered."""
        self.sleep(device)
        first, second = self.write(device, "+01:00"), self.write(device, "+02:00")
        heard = len(device.coap.received)
        self.assert_stays(lambda: len(device.coap.received) == heard, 1.0,
                          "nothing is sent to a sleeping device")
        wake()
        self.assert_done(device, first, second)
        self.assertEqual([value for _, value in device.written[-2:]], ["+01:00", "+02:00"])
        after = device.coap.received[heard:]
        self.assertEqual(after[0].type, ACK, "QM-8: the answer goes out first: %s" % after)
        self.assertTrue(after[1].is_request, after)

    def test_1_0_by_its_binding_until_an_update(self):
        device = self.sleeper("binding")
        self.assert_held_until(device, lambda: self.assert_code("2.04", device.update()))
        time.sleep(max(0.0, device.coap.heard_at + AWAKE - time.monotonic()))
        self.ipe.wait_metric("ipe_endpoints_asleep")

    def test_1_1_by_its_parameter_until_a_notification(self):
        device = self.sleeper("parameter")
        device.set("/3303/0/5700", 30.5)
        self.assert_held_until(device, lambda: device.notify("/3303/0"))
        self.assertEqual(self.cse.wait_contents("dev-parameter/3303/0/5700", 2)[-1], "30.5")

    def test_a_device_without_queue_mode_is_always_awake(self):
        device = self.sleeper("wakeful")
        time.sleep(AWAKE + 0.2)
        request = self.command(ae_of(device), {"op": "read", "path": "/3/0/9"})
        self.outcome(ae_of(device), request, "done")
        self.assertEqual(self.statuses(device, request), ["done"])

    def test_an_update_may_leave_and_enter_queue_mode(self):
        device = self.sleeper("changes")
        self.sleep(device)
        held = self.write(device, "+01:00")
        self.assert_code("2.04", device.update(["b=U"]))
        self.assert_done(device, held)
        time.sleep(AWAKE + 0.2)
        request = self.command(ae_of(device), {"op": "read", "path": "/3/0/9"})
        self.outcome(ae_of(device), request, "done")
        self.assertEqual(self.statuses(device, request), ["done"])
        self.assert_code("2.04", device.update(["b=UQ"]))
        self.sleep(device)
        held = self.write(device, "+02:00")
        self.assert_code("2.04", device.update())
        self.assert_done(device, held)

    def test_one_request_at_a_time(self):
        device = self.sleeper("single")
        self.sleep(device)
        held = [self.write(device, "+0%d:00" % n) for n in range(1, 4)]
        asked = []
        device.override[(PUT, "/3/0/14")] = asked.append  # silent
        self.assert_code("2.04", device.update())
        for n in range(3):
            self.assertTrue(device.wait_for(lambda: len(asked) > n))
            self.assertEqual(asked[n].payload.decode(), "+0%d:00" % (n + 1))
            self.assert_stays(lambda: len(asked) == n + 1, 0.3, "QM-5: a second one under way")
            device.coap.send(Message(code("2.04"), ACK, asked[n].message_id, asked[n].token))
        self.assert_done(device, *held)

    def test_a_command_past_its_time_is_reported_and_never_sent(self):
        device = self.sleeper("late")
        self.sleep(device)
        late = self.hold(device, op="execute", path="/3/0/4", ttl=2)
        kept = self.write(device, "+01:00")
        outcome = self.outcome(ae_of(device), late, "expired")
        self.assertEqual(self.statuses(device, late), ["accepted", "expired"])
        self.assertTrue(outcome["reason"])
        self.assert_code("2.04", device.update())
        self.assert_done(device, kept)
        self.assertEqual(device.executed, [])

    def test_a_full_queue_gives_up_what_does_not_fit(self):
        device = self.sleeper("full")
        self.sleep(device)
        held = [self.write(device, "+0%d:00" % n) for n in range(1, 4)]
        request = self.command(ae_of(device), {"op": "read", "path": "/3/0/9"})
        outcome = self.outcome(ae_of(device), request, "failed")
        self.assertIn("wait", outcome["reason"])
        self.assert_code("2.04", device.update())
        self.assert_done(device, *held)

    def test_every_message_starts_the_window_again(self):
        device = self.sleeper("talks")
        self.assert_code("2.04", device.update())
        until = time.monotonic() + 2.5 * AWAKE
        while time.monotonic() < until:
            device.notify("/3303/0", confirmable=False)
            time.sleep(AWAKE / 5)
        for _ in range(10):  # a busy machine may be slower than the window
            device.notify("/3303/0")
            request = self.command(ae_of(device), {"op": "read", "path": "/3/0/9"})
            self.outcome(ae_of(device), request, "done")
            if self.statuses(device, request) == ["done"]:
                break
        self.assertEqual(self.statuses(device, request), ["done"])
        # Its answer was the last message: after that it sleeps.
        self.sleep(device)
        held = self.write(device, "+01:00")
        self.assert_code("2.04", device.update())
        self.assert_done(device, held)

    def test_a_failed_delivery_is_reported_and_the_next_one_follows(self):
        device = self.sleeper("refuses")
        self.sleep(device)
        device.override[(GET, "/3/0/9")] = lambda request: device.coap.send(
            Message(type=RST, message_id=request.message_id))
        reset = self.hold(device, op="read", path="/3/0/9")
        good = self.write(device, "+01:00")
        self.assert_code("2.04", device.update())
        self.assertTrue(self.outcome(ae_of(device), reset, "failed")["reason"])
        self.assertEqual(self.statuses(device, reset), ["accepted", "failed"])
        if self.statuses(device, good) == ["accepted"]:
            device.update()
        self.assert_done(device, good)

    def test_a_device_that_moved_in_its_sleep(self):
        device = self.sleeper("moves")
        self.sleep(device)
        held = [self.write(device, "+0%d:00" % n) for n in (1, 2)]
        before = device.coap
        heard = len(before.received)
        device.move()
        self.assertNotEqual(device.coap.address, before.address)
        self.assert_code("2.04", device.update())
        self.assert_done(device, *held)
        self.assertEqual([value for _, value in device.written], ["+01:00", "+02:00"])
        self.assertEqual(len(before.received), heard, "nothing went to the old address")

    def test_commands_go_before_our_own_requests(self):
        device = self.device("urn:dev:busy", queue_mode=True)
        asked = []
        device.override[(PUT, "/3/0")] = asked.append  # Write-Attributes: silent
        self.assert_code("2.01", device.register())
        self.cse.wait_resource("dev-busy/responses")
        self.assertTrue(device.wait_for(lambda: asked))
        request = self.command("dev-busy", {"op": "read", "path": "/1/0/1"})
        self.ipe.wait_log("event=command endpoint=urn:dev:busy ")
        device.coap.send(Message(code("2.04"), ACK, asked[0].message_id, asked[0].token))
        self.outcome("dev-busy", request, "done")
        # Observations of /3/0 and /3303/0 have waited longer.
        after = [m.path for m in device.requests() if m.message_id != asked[0].message_id]
        self.assertEqual(after[0], "/1/0/1", after)
        device.wait_observed("/3303/0")


class Restart(QueueModeTest):
    def test_held_commands_survive_a_killed_program(self):
        self.start({"queue_mode.awake": "%dms" % (AWAKE * 1000)})
        device = self.sleeper("patient")
        self.sleep(device)
        held = [self.write(device, "+0%d:00" % n) for n in (1, 2)]
        heard = len(device.coap.received)
        self.ipe.kill()
        self.ipe.start()
        self.assert_stays(lambda: len(device.coap.received) == heard, 0.5,
                          "a sleeping device is not woken by our restart")
        self.assert_code("2.04", device.update())
        for request in held:
            self.outcome(ae_of(device), request, "done")
        self.assertEqual([value for _, value in device.written], ["+01:00", "+02:00"])


if __name__ == "__main__":
    main()
