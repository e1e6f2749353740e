#!/usr/bin/env python3
"""Tries the counterparts of the process-level tests against each other and against printed vectors."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coap
import lwm2m_device
import mca
import mca_cse
from lwm2m_device import MULTIPLE, RESOURCE, RESOURCE_INSTANCE, Device, read_tlv, tlv, tlv_value

REGISTER = bytes.fromhex(
    "41021234A1B2726411283865703D6465763031086C743D3836343030096C776D326D3D312E3103623D55FF"
    "3C2F312F303E2C3C2F332F303E")


class CoapCodec(unittest.TestCase):
    def test_writes_the_register_of_the_worked_example(self):
        message = coap.Message(coap.POST, message_id=0x1234, token=b"\xa1", path="/rd",
                               query=["ep=dev01", "lt=86400", "lwm2m=1.1", "b=U"],
                               content_format=40, payload="</1/0>,</3/0>")
        self.assertEqual(message.encode(), REGISTER)

    def test_reads_back_what_it_wrote(self):
        message = coap.Message.decode(REGISTER)
        self.assertEqual(message.path, "/rd")
        self.assertEqual(message.query[2], "lwm2m=1.1")
        self.assertEqual(message.encode(), REGISTER)

    def test_refuses_each_cut_that_ends_within_a_field(self):
        for octets in (b"\x40\x01\x12", b"\x42\x01\x12\x34\xa1", b"\x40\x01\x12\x34\xb3\x72",
                       b"\x40\x01\x12\x34\xff", b"\x40\x01\x12\x34\xf0", b"\x80\x01\x12\x34"):
            with self.assertRaises(coap.FormatError):
                coap.Message.decode(octets)

    def test_writes_long_options(self):
        for length in (12, 13, 268, 269, 2000):
            message = coap.Message(coap.GET, options=[(2000, b"x" * length)])
            self.assertEqual(coap.Message.decode(message.encode()).options, message.options)


class TlvCodec(unittest.TestCase):
    def test_writes_what_the_standard_prints(self):
        inner = tlv(RESOURCE_INSTANCE, 0, tlv_value(3800)) + tlv(RESOURCE_INSTANCE, 1,
                                                                 tlv_value(5000))
        self.assertEqual(tlv(MULTIPLE, 7, inner).hex(), "88070842000ed842011388")
        self.assertEqual(tlv(RESOURCE, 0, b"Open Mobile Alliance").hex(),
                         "c800144f70656e204d6f62696c6520416c6c69616e6365")
        self.assertEqual(tlv(RESOURCE, 5605, tlv_value(-750)).hex(), "e215e5fd12")
        self.assertEqual(tlv(RESOURCE, 0, bytes(70000))[:5].hex(), "d800011170")

    def test_reads_nested_entries(self):
        self.assertEqual(read_tlv(bytes.fromhex("88070842000ed842011388c11055")),
                         [(MULTIPLE, 7, [(RESOURCE_INSTANCE, 0, b"\x0e\xd8"),
                                         (RESOURCE_INSTANCE, 1, b"\x13\x88")]),
                          (RESOURCE, 16, b"U")])

    def test_refuses_a_length_beyond_the_payload(self):
        with self.assertRaises(ValueError):
            read_tlv(bytes.fromhex("c8001441"))


class DeviceAgainstServer(unittest.TestCase):
    def setUp(self):
        self.server = coap.Endpoint()
        self.server.on_request = self.serve
        self.server.on_notification = lambda message: message.token == b"obs"
        self.device = Device(self.server.address, "urn:test:1")
        self.addCleanup(self.server.close)
        self.addCleanup(self.device.close)

    def serve(self, request):
        if request.code == coap.DELETE:
            return coap.Message(coap.code("2.02"))
        if request.path != "/rd":
            return coap.Message(coap.code("2.04"))
        answer = coap.Message(coap.code("2.01"))
        answer.options += [(coap.LOCATION_PATH, b"rd"), (coap.LOCATION_PATH, b"7")]
        return answer

    def ask(self, code, path, **content):
        return self.server.request(coap.Message(code, path=path, **content),
                                   peer=self.device.coap.address)

    def test_registers_updates_and_leaves(self):
        self.assertEqual(self.device.register().code, coap.code("2.01"))
        self.assertEqual(self.device.location, "/rd/7")
        self.assertEqual(self.server.received[0].payload, b"</1/0>,</3/0>,</3303/0>")
        self.assertEqual(self.device.update().code, coap.code("2.04"))
        self.assertEqual(self.device.deregister().code, coap.code("2.02"))

    def test_retransmits_when_an_acknowledgement_is_lost(self):
        self.device.coap.ACK_TIMEOUT = 0.05
        lost = []
        def lose_first(message):
            lost.append(message)
            return len(lost) > 1
        self.device.coap.incoming = lose_first
        self.assertEqual(self.device.register().code, coap.code("2.01"))
        self.assertEqual(len(self.server.received), 2)
        self.assertEqual(self.server.received[0].encode(), self.server.received[1].encode())

    def test_says_when_nobody_answers(self):
        self.device.coap.ACK_TIMEOUT = 0.01
        self.server.on_request = lambda request: None
        with self.assertRaises(coap.NoAnswer):
            self.device.register()

    def test_serves_every_operation(self):
        self.assertEqual(self.ask(coap.GET, "/3/0/9").payload, b"95")
        self.assertEqual(self.ask(coap.GET, "/3/0/6").payload.hex(), "8606410001410105")
        self.assertEqual(self.ask(coap.GET, "/9/0").code, coap.code("4.04"))
        self.assertEqual(self.ask(coap.GET, "/3/0/4").code, coap.code("4.05"))
        self.assertEqual(self.ask(coap.PUT, "/3/0/14", payload="+02:00", content_format=0).code,
                         coap.code("2.04"))
        self.assertEqual(self.device.get("/3/0/14"), "+02:00")
        self.assertEqual(self.ask(coap.PUT, "/3/0/9", payload="1", content_format=0).code,
                         coap.code("4.05"))
        self.assertEqual(self.ask(coap.POST, "/3/0/4", payload="5").code, coap.code("2.04"))
        self.assertEqual(self.device.executed, [("/3/0/4", "5")])
        self.assertEqual(self.ask(coap.PUT, "/3303/0", query=["pmin=10"]).code, coap.code("2.04"))
        links = self.ask(coap.GET, "/3303/0", accept=40).payload.decode()
        self.assertTrue(links.startswith("</3303/0>;pmin=10,</3303/0/5601>"), links)
        created = self.ask(coap.POST, "/3303", content_format=11542,
                           payload=tlv(RESOURCE, 5700, tlv_value(1.5)))
        self.assertEqual((created.code, created.location), (coap.code("2.01"), "/3303/1"))
        self.assertEqual(self.ask(coap.DELETE, "/3303/1").code, coap.code("2.02"))

    def test_answers_in_blocks(self):
        self.device.block_size = 64
        self.device.set("/3/0/0", "0123456789" * 20)
        first = self.ask(coap.GET, "/3/0/0")
        self.assertEqual((len(first.payload), first.block(coap.BLOCK2)), (64, (0, True, 64)))
        last = self.ask(coap.GET, "/3/0/0", options=[(coap.BLOCK2, coap.block(3, False, 64))])
        self.assertEqual((last.payload, last.block(coap.BLOCK2)), (b"23456789", (3, False, 64)))
        self.assertEqual(first.all(coap.ETAG), last.all(coap.ETAG))
        # Blocks of 128 are asked for, and those of 64 given: number 1 is number 2 of them.
        middle = self.ask(coap.GET, "/3/0/0", options=[(coap.BLOCK2, coap.block(1, False, 128))])
        self.assertEqual((middle.payload[:4], middle.block(coap.BLOCK2)), (b"8901", (2, True, 64)))

    def test_takes_a_write_in_blocks(self):
        value = "0123456789" * 20
        def put(number, more, size):
            return self.ask(coap.PUT, "/3/0/14", content_format=0,
                            payload=value[number * size:(number + 1) * size],
                            options=[(coap.BLOCK1, coap.block(number, more, size))])
        self.assertEqual(put(1, True, 64).code, coap.code("4.08"))
        for number in range(3):
            self.assertEqual(put(number, True, 64).code, coap.code("2.31"))
        self.assertEqual(put(3, False, 64).code, coap.code("2.04"))
        self.assertEqual(self.device.get("/3/0/14"), value)

    def test_notifies_and_learns_of_a_reset(self):
        self.server.request(coap.Message(coap.GET, path="/3303/0/5700", token=b"obs", observe=0),
                            peer=self.device.coap.address)
        self.device.set("/3303/0/5700", 22.25)
        self.device.notify("/3303/0/5700")
        self.assertEqual(self.server.received[-1].payload, b"22.25")
        self.device.observations["/3303/0/5700"] = b"gone"
        with self.assertRaises(coap.Reset):
            self.device.notify("/3303/0/5700")


class ApplicationAgainstCse(unittest.TestCase):
    def setUp(self):
        self.cse = mca_cse.Cse()
        self.cse.start()
        self.addCleanup(self.cse.stop)
        self.app = mca.Application(self.cse.url, "cse-in", "Capp")

    def refused(self, rsc, call, *arguments, **attributes):
        with self.assertRaises(mca.Refused) as caught:
            call(*arguments, **attributes)
        self.assertEqual(caught.exception.rsc, rsc)

    def test_keeps_a_tree(self):
        ae = self.app.register()
        self.assertEqual(ae["aei"], "Capp")
        self.app.create("app", 3, rn="data", lbl=["a"])
        self.app.write("app/data", "1")
        self.app.write("app/data", "2")
        self.assertEqual(self.app.retrieve("app/data/la")["con"], "2")
        self.assertEqual(self.app.retrieve("app/data/ol")["con"], "1")
        self.assertEqual(self.app.retrieve("app/data")["cni"], 2)
        self.assertEqual(self.app.discover(lbl="a"), ["cse-in/app/data"])
        self.app.delete("app")
        self.refused(4004, self.app.retrieve, "app")

    def test_refuses_what_ts_0004_refuses(self):
        self.app.register()
        self.refused(4117, self.app.register, "again")
        self.refused(4000, self.app.create, "app", 3, rn="x", colour="red")
        self.refused(4000, self.app.create, "app", 3, rn="a/b")
        self.refused(4000, self.app.create, "app", 3, rn="x", lbl="not a list")
        self.refused(4000, self.app.create, "app", 3, rn="x", et="20000101T000000")
        self.app.create("app", 3, rn="x")
        self.refused(4105, self.app.create, "app", 3, rn="x")
        self.refused(4108, self.app.create, "", 4, con="x")
        self.refused(4000, self.app.write, "app/x", 5)
        self.assertEqual(self.app.request("POST", "app", "{", 3)[0], 4000)

    def test_keeps_others_out_until_a_policy_lets_them_in(self):
        owner = mca.Application(self.cse.url, "cse-in", "Cowner")
        owner.register("owner")
        owner.create("owner", 3, rn="data")
        self.app.register()
        self.refused(4103, self.app.retrieve, "owner/data")
        owner.create("owner", 1, rn="acp", pvs={"acr": [{"acor": ["Cowner"], "acop": 63}]},
                     pv={"acr": [{"acor": ["all"], "acop": 34}]})
        owner.update("owner", 2, acpi=["cse-in/owner/acp"])
        self.assertEqual(self.app.retrieve("owner/data")["rn"], "data")
        self.refused(4103, self.app.write, "owner/data", "1")

    def test_notifies_in_order_after_verification(self):
        self.app.register()
        self.app.create("app", 3, rn="data")
        with mca.Listener() as listener:
            self.app.subscribe("app/data", listener)
            self.assertTrue(listener.notifications[0]["m2m:sgn"]["vrq"])
            for number in range(20):
                self.app.write("app/data", str(number))
            self.assertTrue(listener.wait(lambda: len(listener.contents()) == 20))
            self.assertEqual(listener.contents(), [str(number) for number in range(20)])

    def test_does_not_subscribe_a_target_that_does_not_verify(self):
        self.app.register()
        self.refused(5204, self.app.create, "app", 23, nu=["http://127.0.0.1:1/"])

    def test_keeps_management_objects_below_a_node(self):
        self.app.register()
        self.app.create("", 14, rn="node", ni="urn:x:1")
        firmware = {"mgd": 1001, "vr": "1", "fwn": "f", "url": "", "ud": False}
        self.app.create("node", 13, "m2m:fwr", rn="fw", obis=["urn:oma:lwm2m:oma:5"], **firmware)
        self.app.create("node", 13, "m2m:connectivityStatistics", rn="own", mgd=0, txData=7)
        self.app.update("node/own", 13, "m2m:connectivityStatistics", rxData=8)
        self.assertEqual(self.app.retrieve("node/own")["rxData"], 8)
        self.refused(4000, self.app.create, "node", 13, "m2m:fwr", mgd=1001, vr="1")
        self.refused(4000, self.app.create, "node", 13, "m2m:fwr", **dict(firmware, mgd=1002))
        self.refused(4000, self.app.create, "node", 13, "m2m:own", mgd=1001)
        self.refused(4000, self.app.create, "node", 13, "m2m:own", mgd=0, st=1)
        self.refused(4000, self.app.create, "node", 13, "m2m:cnt", mgd=0)
        self.refused(4000, self.app.update, "node/fw", 13, "m2m:swr", ud=True)
        self.refused(4108, self.app.create, "app", 13, "m2m:fwr", **firmware)

    def test_notifies_of_what_was_modified(self):
        self.app.register()
        self.app.create("app", 28, "cod:tempe", rn="t", curT0=21.5,
                        cnd="org.onem2m.common.moduleclass.temperature")
        with mca.Listener() as listener:
            self.app.create("app/t", 23, nu=[listener.url], enc={"net": [1], "atr": ["curT0"]}, nct=2)
            self.app.update("app/t", 28, "cod:tempe", lbl=["x"])
            self.app.update("app/t", 28, "cod:tempe", curT0=22.5)
            self.assertTrue(listener.wait(lambda: len(listener.notifications) == 2))
            event = listener.notifications[1]["m2m:sgn"]["nev"]
            self.assertEqual(event["net"], 1)
            self.assertEqual(event["rep"]["cod:tempe"]["curT0"], 22.5)
            self.assertEqual(set(event["rep"]["cod:tempe"]), {"curT0", "lt", "st"})

    def test_refuses_flex_containers_without_a_schema(self):
        self.app.register()
        temperature = "org.onem2m.common.moduleclass.temperature"
        self.refused(4125, self.app.create, "app", 28, "x:toast", cnd="com.example.toaster")
        self.refused(4000, self.app.create, "app", 28, "cod:bat", cnd=temperature, lvl=1)
        self.refused(4000, self.app.create, "app", 28, "cod:tempe", cnd=temperature)
        self.refused(4000, self.app.create, "app", 28, "cod:tempe", curT0=1)

    def test_keeps_time_series_and_descriptors(self):
        self.app.register()
        self.app.create("app", 29, rn="s", mni=2, pei=60000)
        for second in range(3):
            self.app.create("app/s", 30, dgt="2027011%dT080000" % (second + 1), con=str(second))
        self.assertEqual(self.cse.contents("app/s"), ["1", "2"])
        self.assertEqual(self.app.retrieve("app/s/la")["con"], "2")
        self.assertEqual(self.app.retrieve("app/s/ol")["con"], "1")
        self.assertEqual(self.app.retrieve("app/s")["cni"], 2)
        self.refused(4105, self.app.create, "app/s", 30, dgt="20270113T080000", con="x")
        self.refused(4000, self.app.create, "app/s", 30, con="x")
        self.refused(4005, self.app.update, "app/s/la", 30, con="x")
        self.app.create("app/s", 24, rn="d", dcrp=4, dsp="QUJD")
        self.assertEqual(self.app.retrieve("app/s/d")["dsp"], "QUJD")
        self.refused(4000, self.app.create, "app/s", 24, dsp="QUJD")

    def test_lacks_types_where_a_test_says_so(self):
        with mca_cse.Cse(without=(mca_cse.MGO, mca_cse.TS), unknown_type_rsc=4000) as cse:
            app = mca.Application(cse.url, "cse-in", "Capp")
            app.register()
            self.assertNotIn(13, cse.base.attributes["srt"])
            app.create("", 14, rn="node", ni="urn:x:1")
            self.refused(4000, app.create, "node", 13, "m2m:own", mgd=0)
            self.refused(4000, app.create, "app", 29)
            app.create("app", 24, dcrp=4, dsp="QUJD")

    def test_misbehaves_as_told(self):
        fault = self.cse.fault(lambda r: r.ty == 2, rsc=4105, times=1)
        self.refused(4105, self.app.register)
        self.assertEqual(fault.hits, 1)
        self.cse.fault(lambda r: r.ty == 3, action="close", times=1)
        self.app.register()
        with self.assertRaises(OSError):
            self.app.create("app", 3, rn="lost")
        self.assertIsNone(self.cse.find("app/lost"))
        self.cse.fault(lambda r: r.ty == 3, action="execute-close", times=1)
        with self.assertRaises(OSError):
            self.app.create("app", 3, rn="made")
        self.assertIsNotNone(self.cse.find("app/made"))

    def test_comes_back_after_an_outage_with_its_tree(self):
        self.app.register()
        self.cse.stop()
        with self.assertRaises(OSError):
            self.app.retrieve("app")
        self.cse.start()
        self.assertEqual(self.app.retrieve("app")["rn"], "app")


if __name__ == "__main__":
    unittest.main()
