#!/usr/bin/env python3
"""Block-wise transfer both ways over a network that loses, doubles and delays datagrams (RFC 7959)."""

import concurrent.futures
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import ACK, BLOCK1, BLOCK2, CON, GET, OBSERVE, POST, PUT, SIZE1, Message, block, code
from faults import Echo, Loss, double
from interworking import InterworkingTest, main
from lwm2m_device import Resource, example_objects

ENDPOINT = "urn:imei:990000862471854"
NAME = "imei-990000862471854"
MANUFACTURER = NAME + "/3/0/0"


def text(length, seed="x"):
    """Text of which every part is different, so that a block out of place shows."""
    return "".join("%s%07d" % (seed, n) for n in range(length // 8 + 1))[:length]


class Uploads(InterworkingTest):
    """Block1 at /rd: BLK-3."""

    LINKS = ",".join("</3303/%d>" % n for n in range(40)) + ",</3/0>"

    def assert_whole(self, count=41):
        event = self.wait_event("registered", ENDPOINT)
        self.assertEqual(len(event["objects"]), count, event)
        self.assertIn("/3303/39", event["objects"])

    def block_of(self, device, links, number, size=64):
        message = device.registration(links)
        message.payload = links[number * size:(number + 1) * size].encode()
        more = (number + 1) * size < len(links)
        message.options.append((BLOCK1, block(number, more, size)))
        return message

    def test_a_register_in_blocks_of_every_size(self):
        self.start()
        for size in (16, 32, 64, 128, 256):
            device = self.device("urn:dev:%d" % size)
            self.assert_code("2.01", device.register(self.LINKS, block_size=size))
            event = self.wait_event("registered", "urn:dev:%d" % size)
            self.assertEqual(len(event["objects"]), 41)
            answers = [m for m in device.coap.received if m.code == code("2.31")]
            self.assertEqual(len(answers), (len(self.LINKS) - 1) // size)
            self.assertEqual([m.block(BLOCK1) for m in answers],
                             [(n, True, size) for n in range(len(answers))])

    def test_lost_answers_and_doubled_blocks(self):
        self.start()
        device = self.device()
        device.coap.ACK_TIMEOUT = 0.3
        device.coap.outgoing = double
        device.coap.incoming = loss = Loss(lambda m: m.code == code("2.31"), times=3)
        self.assert_code("2.01", device.register(self.LINKS, block_size=128))
        self.assertEqual(len(loss.lost), 3)
        self.assert_whole()
        self.assertEqual(len([e for e in self.events() if e["event"] == "registered"]), 1)

    def test_a_late_duplicate_of_an_older_block_disturbs_nothing(self):
        self.start()
        device = self.device()
        device.coap.outgoing = echo = Echo(device.coap, lambda m: m.is_request)
        self.assert_code("2.01", device.register(self.LINKS, block_size=128))
        self.assertGreaterEqual(len(echo.echoed), 3)
        self.assert_whole()

    def test_a_block_out_of_order_is_incomplete_and_the_transfer_begins_again(self):
        self.start()
        device = self.device()
        self.assert_code("4.08", device.coap.request(self.block_of(device, self.LINKS, 1)))
        self.assert_code("2.31", device.coap.request(self.block_of(device, self.LINKS, 0)))
        self.assert_code("4.08", device.coap.request(self.block_of(device, self.LINKS, 2)))
        self.assert_code("2.01", device.register(self.LINKS, block_size=64))
        self.assert_whole()

    def test_a_device_that_begins_again_is_taken_by_its_new_list(self):
        self.start()
        device = self.device()
        other = self.LINKS.replace("</3/0>", "</4/0>")
        for number in range(3):
            self.assert_code("2.31", device.coap.request(self.block_of(device, other, number)))
        self.assert_code("2.01", device.register(self.LINKS, block_size=64))
        self.assert_whole()
        self.assertNotIn("/4/0", self.events()[-1]["objects"])

    def test_transfers_of_several_devices_interleave(self):
        self.start()
        devices = [self.device("urn:dev:%d" % n) for n in range(3)]
        lists = [",".join("</%d/%d>" % (3303 + n, i) for i in range(20)) for n in range(3)]
        last = (len(lists[0]) - 1) // 64
        for number in range(last + 1):
            for device, links in zip(devices, lists):
                answer = device.coap.request(self.block_of(device, links, number))
                self.assert_code("2.01" if number == last else "2.31", answer)
        for n in range(3):
            event = self.wait_event("registered", "urn:dev:%d" % n)
            self.assertEqual(set(event["objects"]),
                             {"/%d/%d" % (3303 + n, i) for i in range(20)})

    def test_an_update_in_blocks(self):
        self.start()
        device, _ = self.registered()
        message = Message(POST, path=device.location, content_format=40, payload=self.LINKS)
        self.assert_code("2.04", device.upload(message, 128))
        event = self.wait_event("updated", ENDPOINT)
        self.assertEqual(len(event["objects"]), 41)

    def test_a_list_that_is_too_large_is_refused_with_the_size_that_would_do(self):
        self.start()
        device = self.device()
        links = ",".join("</%d/%d>" % (10000 + n // 1000, n % 1000) for n in range(100000))
        answer = device.register(links, block_size=1024)
        self.assert_code("4.13", answer)
        self.assertGreaterEqual(answer.number(SIZE1), 16 * 1024)
        self.assertLess(answer.number(SIZE1), len(links))
        self.assert_code("2.01", device.register(self.LINKS, block_size=1024))
        self.assert_whole()

    def test_blocks_that_are_none(self):
        self.start()
        device = self.device()
        reserved = device.registration(self.LINKS)
        reserved.options.append((BLOCK1, b"\x07"))
        self.assert_code("4.00", device.coap.request(reserved))
        short = self.block_of(device, self.LINKS, 0)
        short.payload = short.payload[:-1]
        self.assert_code("4.00", device.coap.request(short))
        self.assert_code("2.01", device.register(self.LINKS, block_size=64))


class Downloads(InterworkingTest):
    """Block2 from devices: BLK-2, BLK-5, BLK-6, IR-9."""

    def begin(self, length=700, size=64, **options):
        objects = example_objects()
        objects[3][0][0] = Resource(text(length))
        self.start()
        device, _ = self.registered(objects=objects, block_size=size, **options)
        device.wait_observed("/3/0")
        self.assertEqual(self.cse.wait_contents(MANUFACTURER, 1), [text(length)])
        return device

    def test_the_first_value_of_an_observation_comes_in_blocks(self):
        device = self.begin()
        asked = [m for m in device.requests(GET, "/3/0") if m.block(BLOCK2)]
        numbers = [m.block(BLOCK2)[0] for m in asked]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual([m for m in asked if m.number(OBSERVE) is not None], [],
                         "RFC 7959 §2.6: what is left is fetched without Observe")
        self.assertEqual({m.block(BLOCK2)[2] for m in asked}, {64})

    def test_a_read_of_blocks_that_become_smaller(self):
        device = self.begin()
        sizes = iter([256, 256, 32])

        def answer(request):
            device.block_size = next(sizes, 32)
            return device.answer(request)
        device.override[(GET, "/3/0/0")] = answer
        outcome = self.run_command(NAME, {"op": "read", "path": "/3/0/0"})
        self.assertEqual((outcome["status"], outcome.get("value")), ("done", text(700)), outcome)

    def test_a_large_notification_is_acknowledged_and_the_rest_is_fetched(self):
        device = self.begin()
        for number, doubled in enumerate((False, True)):
            if doubled:
                device.coap.incoming = device.coap.outgoing = double
            value = text(900, "ab"[number])
            device.set("/3/0/0", value)
            device.notify("/3/0", confirmable=not doubled)
            self.assertEqual(self.cse.wait_contents(MANUFACTURER, number + 2)[-1], value)
        self.assert_stays(lambda: len(self.cse.contents(MANUFACTURER)) == 3, 0.5, "no duplicate")

    def test_a_value_that_changes_midway_is_fetched_anew(self):
        device = self.begin()
        device.set("/3/0/0", text(700, "old"))

        def change(message):
            if message.is_request and message.block(BLOCK2) and message.block(BLOCK2)[0] == 5:
                device.set("/3/0/0", text(800, "new"))
            return True
        device.coap.incoming = change
        device.notify("/3/0")
        self.assertEqual(self.cse.wait_contents(MANUFACTURER, 2)[-1], text(800, "new"))
        self.assertNotIn("old", "".join(self.cse.contents(MANUFACTURER)))

    def test_a_device_that_never_comes_to_an_end_is_given_up(self):
        device = self.begin()

        def endless(request):
            number = (request.block(BLOCK2) or (0,))[0]
            answer = Message(code("2.05"), payload=b"x" * 1024, content_format=0)
            answer.options.append((BLOCK2, block(number, True, 1024)))
            return answer
        device.override[(GET, "/3/0/0")] = endless
        outcome = self.run_command(NAME, {"op": "read", "path": "/3/0/0"}, timeout=60)
        self.assertEqual(outcome["status"], "failed")
        self.ipe.wait_log("event=block-transfer-failed")
        self.assertEqual(self.run_command(NAME, {"op": "read", "path": "/3/0/9"})["status"], "done")

    def test_blocks_that_do_not_fit_are_no_value(self):
        device = self.begin()
        for wrong in ((7, False, 64), (1, True, 64)):
            def answer(request, wrong=wrong):
                number, more, size = (0, True, 64) if not request.block(BLOCK2) else wrong
                message = Message(code("2.05"), payload=b"y" * (64 if more else 10), content_format=0)
                message.options.append((BLOCK2, block(number + (more and number == 1), more, size)))
                return message
            device.override[(GET, "/3/0/0")] = answer
            outcome = self.run_command(NAME, {"op": "read", "path": "/3/0/0"})
            self.assertEqual(outcome["status"], "failed", outcome)


class Writes(InterworkingTest):
    """Block1 to devices: BLK-1, DM-16."""

    def begin(self, **options):
        self.start()
        self.instrument, _ = self.registered(**options)
        self.instrument.wait_observed("/3303/0")
        return self.instrument

    def write(self, value):
        return self.run_command(NAME, {"op": "write", "path": "/3/0/14", "value": value})

    def blocks(self):
        return [m.block(BLOCK1) for m in self.instrument.requests(PUT, "/3/0/14")]

    def test_a_large_write_says_how_large_it_is(self):
        device = self.begin()
        outcome = self.write(text(3000))
        self.assertEqual((outcome["status"], outcome["rsc"]), ("done", 2004), outcome)
        self.assertEqual(device.written, [("/3/0/14", text(3000))])
        self.assertEqual(self.blocks(), [(0, True, 1024), (1, True, 1024), (2, False, 1024)])
        self.assertEqual(device.requests(PUT, "/3/0/14")[0].number(SIZE1), 3000)
        self.assertTrue(all(m.type == CON for m in device.requests(PUT, "/3/0/14")))

    def test_a_device_that_asks_for_smaller_blocks(self):
        device = self.begin(block_size=256)
        self.assertEqual(self.write(text(3000))["status"], "done")
        self.assertEqual(device.written, [("/3/0/14", text(3000))])
        self.assertEqual(self.blocks()[:3], [(0, True, 1024), (4, True, 256), (5, True, 256)])

    def test_a_device_that_refuses_the_first_block_for_a_smaller_size(self):
        """RFC 7959 §2.9.3: 4.13 with a smaller size in Block1."""
        device = self.begin()

        def picky(request):
            if request.block(BLOCK1)[2] > 128:
                return Message(code("4.13"), options=[(BLOCK1, block(0, True, 128))])
            return device.answer(request)
        device.override[(PUT, "/3/0/14")] = picky
        self.assertEqual(self.write(text(1500))["status"], "done")
        self.assertEqual(device.written, [("/3/0/14", text(1500))])

    def test_a_device_whose_buffer_is_too_small_for_a_block(self):
        """4.13 without a size, to a message that is larger than what the device can receive."""
        device = self.begin()

        def small(request):
            if len(request.payload) > 200:
                return Message(code("4.13"))
            return device.answer(request)
        device.override[(PUT, "/3/0/14")] = small
        for size in (1500, 700):
            self.assertEqual(self.write(text(size))["status"], "done")
            self.assertEqual(device.written[-1], ("/3/0/14", text(size)))

    def test_a_write_that_is_too_large_for_the_device(self):
        device = self.begin()
        device.largest_write = 2000
        outcome = self.write(text(3000))
        self.assertEqual((outcome["status"], outcome["coap"]), ("failed", "4.13"), outcome)
        self.assertEqual(device.written, [])
        sizes = [block1[::2] for block1 in self.blocks()]
        self.assertEqual(sizes, [(0, 1024), (0, 512), (0, 256), (0, 128), (0, 64)],
                         "the first block in smaller sizes, and no more")
        self.assertEqual(self.write(text(1500))["status"], "done")

    def test_a_device_that_lost_a_block_gets_the_write_from_the_start(self):
        device = self.begin()
        forgotten = []

        def forget(request):
            if request.block(BLOCK1)[0] == 1 and not forgotten:
                forgotten.append(request)
                return "4.08"
            return device.answer(request)
        device.override[(PUT, "/3/0/14")] = forget
        outcome = self.write(text(3000))
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertEqual(device.written, [("/3/0/14", text(3000))])
        self.assertEqual([number for number, _, _ in self.blocks()], [0, 1, 0, 1, 2])

    def test_a_device_that_always_loses_a_block_is_given_up(self):
        device = self.begin()
        device.override[(PUT, "/3/0/14")] = lambda request: (
            "4.08" if request.block(BLOCK1)[0] == 1 else device.answer(request))
        outcome = self.write(text(3000))
        self.assertEqual((outcome["status"], outcome["coap"]), ("failed", "4.08"), outcome)
        self.assertLessEqual(len(self.blocks()), 12)
        self.assertEqual(self.run_command(NAME, {"op": "read", "path": "/3/0/9"})["status"], "done")

    def test_late_duplicates_and_doubled_datagrams(self):
        device = self.begin()
        device.coap.outgoing = Echo(device.coap)
        self.assertEqual(self.write(text(3000))["status"], "done")
        device.coap.incoming = device.coap.outgoing = double
        self.assertEqual(self.write(text(3100))["status"], "done")
        self.assertEqual([value for _, value in device.written], [text(3000), text(3100)])


class LostDatagrams(InterworkingTest):
    """What only our own retransmission heals takes 2 to 3 s each time: all cases at once."""

    VALUE = text(2000)

    def test_every_kind_of_transfer(self):
        self.start()
        names = ("register", "read", "write", "notify", "overtake")
        self.devices = {name: self.device("urn:dev:" + name, block_size=128) for name in names}
        for name, device in self.devices.items():
            device.set("/3/0/0", text(300))
            if name != "register":
                self.assert_code("2.01", device.register())
                device.wait_observed("/3/0")
                self.cse.wait_contents("dev-%s/3/0/0" % name, 1)
                device.set("/3/0/0", self.VALUE)
        with concurrent.futures.ThreadPoolExecutor() as threads:
            for case in [threads.submit(getattr(self, "lost_in_" + name)) for name in names]:
                case.result()

    def lose(self, name, option, request, answer):
        """Loses the request of one block to the device, and the device's answer to another."""
        answered = set()

        def is_lost(message):
            number = (message.block(option) or (None,))[0] if message.is_request else None
            if number == answer:
                answered.add(message.message_id)
            return number == request
        coap = self.devices[name].coap
        coap.incoming = Loss(is_lost)
        coap.outgoing = Loss(lambda m: m.type == ACK and m.message_id in answered)
        return coap.incoming, coap.outgoing

    def assert_lost(self, losses):
        self.assertEqual([len(loss.lost) for loss in losses], [loss.times for loss in losses])

    def lost_in_register(self):
        device = self.devices["register"]
        device.coap.ACK_TIMEOUT = 0.3
        device.coap.outgoing = Loss(lambda m: m.block(BLOCK1) and m.block(BLOCK1)[0] == 1, times=2)
        device.coap.incoming = Loss(lambda m: m.code == code("2.01"))
        self.assert_code("2.01", device.register(Uploads.LINKS, block_size=128))
        self.assert_lost((device.coap.outgoing, device.coap.incoming))
        # The answer that came late is that of the registration there is.
        self.assert_code("2.04", device.update())
        told = [e["event"] for e in self.events() if e["ep"] == device.name]
        self.assertEqual(told, ["registered"])

    def lost_in_read(self):
        losses = self.lose("read", BLOCK2, request=2, answer=4)
        outcome = self.run_command("dev-read", {"op": "read", "path": "/3/0/0"})
        self.assertEqual((outcome["status"], outcome.get("value")), ("done", self.VALUE))
        self.assert_lost(losses)

    def lost_in_write(self):
        # After the first block of 1024 octets those of 128 begin with number 8.
        losses = self.lose("write", BLOCK1, request=9, answer=11)
        outcome = self.run_command("dev-write",
                                   {"op": "write", "path": "/3/0/14", "value": self.VALUE})
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertEqual(self.devices["write"].written, [("/3/0/14", self.VALUE)])
        self.assert_lost(losses)

    def lost_in_notify(self):
        losses = self.lose("notify", BLOCK2, request=2, answer=4)
        self.devices["notify"].notify("/3/0")
        self.assertEqual(self.cse.wait_contents("dev-notify/3/0/0", 2)[-1], self.VALUE)
        self.assert_lost(losses)

    def lost_in_overtake(self):
        """A newer notification takes the place of one that is being fetched."""
        device = self.devices["overtake"]
        device.etag = lambda payload: b""  # only the number in the Observe option tells them apart
        device.coap.incoming = Loss(lambda m: m.is_request and m.block(BLOCK2) is not None)
        device.set("/3/0/0", text(700, "old"))
        device.notify("/3/0")
        self.assertTrue(device.wait_for(lambda: device.coap.incoming.lost))
        device.set("/3/0/0", text(700, "new"))
        device.notify("/3/0")
        self.assertEqual(self.cse.wait_contents("dev-overtake/3/0/0", 2)[-1], text(700, "new"))
        self.assertNotIn("old", "".join(self.cse.contents("dev-overtake/3/0/0")))


if __name__ == "__main__":
    main()
