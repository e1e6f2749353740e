#!/usr/bin/env python3
"""Observations belong to registrations: address changes, order, lost and doubled datagrams (IR-3 to IR-6, IR-17)."""

import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import ACK, CON, GET, NON, OBSERVE, POST, RST, Endpoint, Message, NoAnswer, Reset, code
from faults import Delay, Loss, double
from interworking import SharedInterworkingTest, main
from lwm2m_device import Resource, example_objects


class ObservationsTest(SharedInterworkingTest):
    def observed(self, name, **options):
        """A device of which /3303/0 is observed, and where its temperature appears."""
        device, ae = self.registered("urn:dev:" + name, **options)
        device.wait_observed("/3303/0")
        device.coap.ACK_TIMEOUT = 0.3
        self.temperature = ae + "/3303/0/5700"
        self.cse.wait_contents(self.temperature, 1)
        return device

    def say(self, device, value, **how):
        device.set("/3303/0/5700", value)
        return device.notify("/3303/0", **how)

    def assert_told(self, *values):
        wanted = ["21.5"] + ["%.1f" % value for value in values]
        self.assertEqual(self.cse.wait_contents(self.temperature, len(wanted)), wanted)

    def assert_told_only(self, *values):
        self.assert_told(*values)
        self.assert_stays(lambda: len(self.cse.contents(self.temperature)) == len(values) + 1, 0.4,
                          "more than %s" % (values,))


class Addresses(ObservationsTest):
    def test_a_repeated_register_from_another_address_renews_them(self):
        device = self.observed("reborn")
        first, old = device.observations["/3303/0"], device.coap
        device.move()
        self.assert_code("2.01", device.register())
        self.assertNotEqual(device.wait_observed("/3303/0"), first)
        self.cse.wait_contents(self.temperature, 2)  # the first value of the new observation
        self.say(device, 30.5)
        self.assert_told(21.5, 30.5)
        # What the old incarnation observed is void.
        device.observations["/3303/0"] = first
        with self.assertRaises(Reset):
            self.say(device, 31.5)
        self.assert_told_only(21.5, 30.5)
        self.assertNotEqual(old.address, device.coap.address)

    def test_after_an_update_from_another_address_they_go_on(self):
        device = self.observed("moves")
        token = device.observations["/3303/0"]
        for value in (30.5, 31.5):
            device.move()
            self.assert_code("2.04", device.update())
            self.say(device, value)
        self.assert_told(30.5, 31.5)
        self.assertEqual(device.observations["/3303/0"], token)
        self.assertEqual([m for m in device.requests(GET) if m.number(OBSERVE) is not None], [],
                         "nothing was to be observed again")
        # And so do commands.
        outcome = self.run_command("dev-moves", {"op": "read", "path": "/3/0/9"})
        self.assertEqual(outcome["status"], "done")
        self.assertTrue(device.requests(GET, "/3/0/9"))

    def test_a_notification_that_comes_before_the_update_is_told_after_it(self):
        """Without security an Update proves a new address; Reset would end the observation."""
        device = self.observed("early")
        device.move()
        device.coap.ACK_TIMEOUT = 0.2
        device.set("/3303/0/5700", 30.5)
        message = Message(code("2.05"), CON, device.coap.message_id(),
                          device.observations["/3303/0"], device._read("/3303/0", None)[0],
                          content_format=11542, observe=100)
        with self.assertRaises(NoAnswer):
            device.coap.confirm(message, attempts=3)
        self.assertEqual(self.cse.contents(self.temperature), ["21.5"])
        self.assert_code("2.04", device.update())
        device.coap.confirm(message)
        self.assert_told_only(30.5)

    def test_somebody_elses_token_is_worth_nothing(self):
        device = self.observed("victim")
        stranger = Endpoint(self.ipe.coap)
        self.addCleanup(stranger.close)
        stranger.ACK_TIMEOUT = 0.2
        forged = Message(code("2.05"), CON, 0, device.observations["/3303/0"],
                         b"\xc8\x16\x44\x04\x42\xf6\x00\x00", content_format=11542, observe=1000)
        with self.assertRaises(NoAnswer):
            stranger.confirm(forged, attempts=2)
        self.say(device, 30.5)
        self.assert_told_only(30.5)


class Many(ObservationsTest):
    def test_more_instances_than_the_queue_has_places(self):
        """`queue_mode.depth` is 64; each takes a Write-Attributes and an Observe."""
        objects = example_objects()
        objects[3303] = {n: {5700: Resource(20.5 + n)} for n in range(100)}
        device = self.device("urn:dev:many", objects=objects)
        device.override[(GET, "/3303/7")] = "4.05"
        self.assert_code("2.01", device.register())
        wanted = {"/3/0"} | {"/3303/%d" % n for n in range(100) if n != 7}
        device.wait_for(lambda: wanted <= set(device.observations))
        self.assertEqual(wanted - set(device.observations), set())
        for n in (0, 50, 99):
            self.assertEqual(self.cse.wait_contents("dev-many/3303/%d/5700" % n, 1), [str(20.5 + n)])
        refused = device.requests(GET, "/3303/7")
        self.assertLessEqual(len(refused), 2, "asked again and again")


class Order(ObservationsTest):
    """RFC 7641 §3.4."""

    def test_numbers_go_on_beyond_24_bits(self):
        device = self.observed("wraps")
        numbers = [1 << 22, (1 << 23) + 5, (1 << 23) + (1 << 22), 0xfffffe, 0xffffff, 0, 1, 0x400000]
        values = [30.5 + n for n in range(len(numbers))]
        for value, number in zip(values, numbers):
            self.say(device, value, sequence=number)
        self.assert_told(*values)
        # Half the circle behind the newest one is the past.
        self.say(device, 90.5, sequence=0xffffff)
        self.say(device, 91.5, sequence=0x3fffff)
        self.say(device, 99.5, sequence=0x400001)
        self.assert_told_only(*values, 99.5)

    def test_notifications_that_arrive_backwards(self):
        device = self.observed("backwards")
        self.say(device, 30.5)
        device.coap.outgoing = delay = Delay(device.coap, lambda m: m.type == NON)
        for value in (31.5, 32.5, 33.5):
            self.say(device, value, confirmable=False)
        delay.release(backwards=True)
        device.coap.outgoing = lambda message: True
        self.say(device, 34.5)
        self.assert_told_only(30.5, 33.5, 34.5)

    def test_a_late_duplicate_brings_nothing_back(self):
        device = self.observed("late")
        device.coap.outgoing = delay = Delay(device.coap, lambda m: m.type == NON)
        self.say(device, 30.5, confirmable=False)
        late = delay.kept[0]
        delay.release()
        device.coap.outgoing = lambda message: True
        self.say(device, 31.5)
        device.coap.send_octets(late)
        self.say(device, 32.5)
        self.assert_told_only(30.5, 31.5, 32.5)


class Faults(ObservationsTest):
    def test_a_lost_acknowledgement_ends_nothing(self):
        """The notification comes again and again, is acknowledged again, and told once."""
        device = self.observed("unheard")
        for number, value in ((1, 30.5), (2, 31.5)):
            device.coap.incoming = loss = Loss(lambda m: m.type == ACK, times=number)
            self.say(device, value)
            self.assertEqual(len(loss.lost), number)
        self.assert_told_only(30.5, 31.5)
        self.assertEqual([m for m in device.coap.received if m.type == RST], [])

    def test_everything_doubled(self):
        """Each datagram arrives twice, both ways: nothing happens twice."""
        device = self.device("urn:dev:twice")
        device.coap.incoming = device.coap.outgoing = double
        self.assert_code("2.01", device.register())
        self.cse.wait_resource("dev-twice/responses")
        device.wait_observed("/3303/0")
        self.temperature = "dev-twice/3303/0/5700"
        self.cse.wait_contents(self.temperature, 1)
        for value in (30.5, 31.5):
            self.say(device, value)
        self.say(device, 32.5, confirmable=False)
        for command in ({"op": "execute", "path": "/3/0/4"}, {"op": "read", "path": "/3/0/9"},
                        {"op": "write", "path": "/3/0/14", "value": "+01:00"}):
            self.assertEqual(self.run_command("dev-twice", command)["status"], "done")
        self.assertEqual((len(device.executed), len(device.written)), (1, 1))
        self.assertEqual(len(self.cse.contents("dev-twice/responses")), 3)
        self.assert_code("2.04", device.update(["lt=400"]))
        self.assert_told_only(30.5, 31.5, 32.5)
        self.assertEqual([m for m in device.coap.received if m.type == RST], [])
        self.assert_code("2.02", device.deregister())
        self.wait_event("deregistered", "urn:dev:twice")
        told = [e["event"] for e in self.events() if e["ep"] == "urn:dev:twice"]
        self.assertEqual(told, ["registered", "updated", "deregistered"])

    def test_lost_answers_to_what_the_device_asks(self):
        """A repeated request is answered as before, and done once (GEN-13)."""
        devices = [self.registered("urn:dev:deaf-%d" % n)[0] for n in range(3)]

        def ask(device, question, answer):
            device.coap.ACK_TIMEOUT = 0.4
            device.coap.incoming = loss = Loss(lambda m: m.code == code(answer))
            self.assert_code(answer, question())
            self.assertEqual(len(loss.lost), 1)
        with concurrent.futures.ThreadPoolExecutor() as threads:
            for case in [threads.submit(ask, devices[0], devices[0].register, "2.01"),
                         threads.submit(ask, devices[1], lambda: devices[1].update(["lt=400"]), "2.04"),
                         threads.submit(ask, devices[2], devices[2].deregister, "2.02")]:
                case.result()
        self.wait_event("deregistered", devices[2].name)
        told = [[e["event"] for e in self.events() if e["ep"] == device.name] for device in devices]
        self.assertEqual(told, [["registered", "registered"], ["registered", "updated"],
                                ["registered", "deregistered"]])


class Ends(ObservationsTest):
    def test_cancelled_with_its_own_token_path_and_options(self):
        device = self.observed("cancels", version="1.1")
        self.assertEqual(self.run_command("dev-cancels", {"op": "cancel-observe",
                                                          "path": "/3303/0"})["status"], "done")
        asked = [m for m in device.requests(GET, "/3303/0") if m.number(OBSERVE) is not None]
        self.assertEqual([m.number(OBSERVE) for m in asked], [0, 1])
        self.assertEqual(asked[0].token, asked[1].token)
        without = [[o for o in m.options if o[0] != OBSERVE] for m in asked]
        self.assertEqual(without[0], without[1], "IR-4: the same options")
        device.observations["/3303/0"] = asked[0].token
        with self.assertRaises(Reset):
            self.say(device, 30.5)
        self.assert_told_only()

    def test_a_device_that_ends_it_with_an_error(self):
        device = self.observed("stops")
        token = device.observations["/3303/0"]
        device.coap.confirm(Message(code("4.04"), CON, token=token))
        self.ipe.wait_log("event=observation-ended .*urn:dev:stops")
        with self.assertRaises(Reset):
            self.say(device, 30.5)

    def test_an_unknown_token_is_reset_if_confirmable_and_ignored_if_not(self):
        device = self.observed("unknown")
        for kind in (CON, NON):
            for token in (b"", b"\x00", b"12345678"):
                message = Message(code("2.05"), kind, device.coap.message_id(), token, b"x",
                                  content_format=0, observe=5)
                if kind == CON:
                    with self.assertRaises(Reset):
                        device.coap.confirm(message)
                else:
                    device.coap.send(message)
        self.say(device, 30.5)
        self.assert_told_only(30.5)

    def test_a_deregistered_device_is_told_that_nobody_listens(self):
        device = self.observed("gone")
        self.assert_code("2.02", device.deregister())
        with self.assertRaises(Reset):
            self.say(device, 30.5)


class RegistersInMidCommand(ObservationsTest):
    def begin(self, name):
        """An Execute that the device does not answer, and a Read that waits behind it."""
        self.device_, self.container = self.observed(name), "dev-" + name
        self.asked = []
        self.device_.override[(POST, "/3/0/4")] = self.asked.append
        execute = self.command(self.container, {"op": "execute", "path": "/3/0/4"})
        self.assertTrue(self.device_.wait_for(lambda: self.asked))
        read = self.command(self.container, {"op": "read", "path": "/3/0/9"})
        self.ipe.wait_log("event=command endpoint=urn:dev:%s op=read" % name)
        return execute, read

    def assert_ended(self, execute, read):
        outcome = self.outcome(self.container, execute)
        self.assertEqual(outcome["status"], "failed", outcome)
        self.assertTrue(outcome["reason"])
        outcome = self.outcome(self.container, read)
        self.assertIn(outcome["status"], ("failed", "done"), outcome)
        # Once each, and whoever comes next is served.
        device = self.device_
        outcome = self.run_command(self.container, {"op": "write", "path": "/3/0/14",
                                                    "value": "+01:00"})
        self.assertEqual(outcome["status"], "done")
        self.assertEqual(len(self.cse.contents(self.container + "/responses")), 3)
        self.assertEqual(len({m.message_id for m in self.asked}), 1, "an Execute is never repeated")
        device.wait_observed("/3303/0")
        self.say(device, 30.5)
        self.assert_soon(lambda: self.cse.contents(self.temperature)[-1] == "30.5", "the new value")

    def test_from_the_same_address(self):
        commands = self.begin("restarts")
        # The answer does not wait for that of the Execute, and the Execute is not sent again.
        self.assert_code("2.01", self.device_.register(timeout=5))
        self.assert_stays(lambda: len(self.device_.requests(POST, "/3/0/4")) == 1, 3.5,
                          "the Execute is sent again to what may be another incarnation")
        # The answer to what the former registration was asked comes late, and is nobody's.
        late = self.asked[0]
        self.device_.coap.send(Message(code("2.04"), ACK, late.message_id, late.token))
        self.assert_ended(*commands)

    def test_from_another_address(self):
        commands = self.begin("wanders")
        self.device_.move()
        self.assert_code("2.01", self.device_.register())
        self.assert_ended(*commands)

    def test_after_it_has_left(self):
        self.begin("leaves")
        self.assert_code("2.02", self.device_.deregister())
        self.assert_soon(lambda: self.cse.find("dev-leaves") is None, "the AE has gone")
        self.assert_code("2.01", self.device_.register())
        self.cse.wait_resource("dev-leaves/responses")
        self.assertEqual(len({m.message_id for m in self.asked}), 1, "an Execute is never repeated")


if __name__ == "__main__":
    main()
