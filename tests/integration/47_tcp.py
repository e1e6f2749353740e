#!/usr/bin/env python3
"""Devices over TCP and TLS (RFC 8323; LwM2M Transport §6.8, binding T)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from coap import GET, OBSERVE, POST, Message, NoAnswer
from coap_tcp import ABORT, CSM, PONG, RELEASE, Stream, TcpEndpoint, encode
from dtls import ECDSA_CCM8, PSK_CCM8, Psk, Tls, X509
from interworking import main
from lwm2m_device import Device, Resource, example_objects
from secured import SecuredTest, key_of
from secured_datagrams import HandshakeFailed


class TcpTest(SecuredTest):
    def over_stream(self, stream, name, version="1.1", **options):
        device = Device(None, name, version=version, binding="T", coap=TcpEndpoint(stream=stream),
                        **options)
        self.addCleanup(device.close)
        return device

    def reconnect(self, device, stream):
        device.move(TcpEndpoint(stream=stream))

    def check_life(self, device):
        """Register, Observe, Notify, commands, Update, De-register."""
        self.settled(device)
        event = self.wait_event("registered", device.name)
        self.assertEqual(event["binding"], "T")
        self.assert_works(device)
        for value in (41.5, 42.5, 43.5):
            device.set("/3303/0/5700", value)
            device.notify("/3303/0")
        temperature = self.ae_of(device) + "/3303/0/5700"
        self.assert_soon(lambda: self.cse.contents(temperature)[-3:] == ["41.5", "42.5", "43.5"],
                         lambda: self.cse.contents(temperature))
        self.assertEqual(self.run_command(self.ae_of(device), {"op": "execute", "path": "/3/0/4"})
                         ["status"], "done")
        self.assertEqual(len(device.executed), 1)
        self.assert_code("2.02", device.deregister())
        self.assert_soon(lambda: self.cse.find(self.ae_of(device)) is None, "the AE has gone")


class Plain(TcpTest):
    def connect(self, name, **options):
        return self.over_stream(Stream(self.coap_tcp), name, **options)

    def test_the_life_of_a_device(self):
        self.check_life(self.connect("urn:dev:tcp"))

    def test_settings_and_signals(self):
        """RFC 8323 §5: a CSM comes first, a Ping is answered."""
        device = self.connect("urn:dev:signals")
        self.assertTrue(device.wait_for(lambda: device.coap.received))
        self.assertEqual(device.coap.received[0].code, CSM)
        self.assertEqual(device.coap.ping().code, PONG)
        self.settled(device)

    def test_messages_in_pieces_and_in_one_piece(self):
        """A stream has no boundaries."""
        device = self.connect("urn:dev:pieces")
        octets = encode(self.tokened(device.registration(), b"one"))
        for at in range(0, len(octets), 7):
            device.coap.send_octets(octets[at:at + 7])
        self.assertTrue(device.wait_for(lambda: self.answer(device, b"one")))
        self.assert_code("2.01", self.answer(device, b"one"))
        device.location = self.answer(device, b"one").location
        device.wait_observed("/3303/0")
        updates = [Message(POST, path=device.location, token=b"u%d" % n) for n in range(3)]
        device.coap.send_octets(b"".join(encode(message) for message in updates))
        for message in updates:
            self.assertTrue(device.wait_for(lambda m=message: self.answer(device, m.token)))
            self.assert_code("2.04", self.answer(device, message.token))

    @staticmethod
    def tokened(message, token):
        message.token = token
        return message

    @staticmethod
    def answer(device, token):
        return next((m for m in device.coap.received if m.token == token and m.code >= 0x40
                     and m.code < CSM), None)

    def test_a_large_list_and_a_large_value(self):
        objects = example_objects()
        objects[3][0][0] = Resource("x" * 5000)
        objects[3303] = {n: dict(objects[3303][0]) for n in range(12)}
        device = self.connect("urn:dev:large", objects=objects)
        device.block_size = 1 << 20
        links = device.links() + "".join(',</%d>;title="%s"' % (10000 + n, "t" * 50) for n in range(60))
        self.assert_code("2.01", device.register(links))
        device.wait_observed("/3/0")
        self.assertEqual(self.cse.wait_contents("dev-large/3/0/0", 1), ["x" * 5000])
        outcome = self.run_command("dev-large", {"op": "write", "path": "/3/0/14", "value": "y" * 3000})
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertEqual(device.written, [("/3/0/14", "y" * 3000)])

    def test_blocks_work_as_well(self):
        device = self.connect("urn:dev:blocks", block_size=128)
        device.set("/3/0/0", "z" * 1000)
        self.assert_code("2.01", device.register(block_size=32))
        device.wait_observed("/3/0")
        self.assertEqual(self.cse.wait_contents("dev-blocks/3/0/0", 1), ["z" * 1000])

    def test_a_lost_connection(self):
        """Registration, observations and what waits are kept; a device without security shows its handle."""
        device = self.settled(self.connect("urn:dev:loses"))
        asked = []
        device.override[(GET, "/3/0/9")] = asked.append  # silent
        request = self.command("dev-loses", {"op": "read", "path": "/3/0/9"})
        self.assertTrue(device.wait_for(lambda: asked))
        device.coap.close(abruptly=True)
        del device.override[(GET, "/3/0/9")]
        self.reconnect(device, Stream(self.coap_tcp))
        self.assert_code("2.01", device.register())
        self.assertIn(self.outcome("dev-loses", request)["status"], ("done", "failed"))
        device.wait_observed("/3303/0")
        self.assert_works(device)

    def test_an_orderly_end_and_a_new_connection(self):
        device = self.settled(self.connect("urn:dev:leaves"))
        device.coap.release()
        device.coap.close()
        self.reconnect(device, Stream(self.coap_tcp))
        self.assert_code("2.01", device.register())
        device.wait_observed("/3303/0")
        self.assert_works(device)

    def test_cancelled_by_a_request_for_there_is_no_reset(self):
        device = self.settled(self.connect("urn:dev:cancels"))
        outcome = self.run_command("dev-cancels", {"op": "cancel-observe", "path": "/3303/0"})
        self.assertEqual(outcome["status"], "done", outcome)
        asked = [m for m in device.requests(GET, "/3303/0") if m.number(OBSERVE) is not None]
        self.assertEqual([m.number(OBSERVE) for m in asked], [0, 1])
        self.assertEqual(asked[0].token, asked[1].token)

    def test_streams_of_garbage_end_and_harm_nobody(self):
        device = self.settled(self.connect("urn:dev:bystander"))
        for garbage in (b"\xff" * 400, b"GET / HTTP/1.1\r\nHost: ipe\r\n\r\n", b"\x09\x01" + bytes(40),
                        b"\xf0\xff\xff\xff\xff\x01", b"\x00" * 1000, bytes(range(256)) * 8):
            stranger = TcpEndpoint(stream=Stream(self.coap_tcp), settings=None)
            stranger.send_octets(garbage)
            stranger.wait(lambda: stranger.ended or any(
                m.code in (ABORT, RELEASE) for m in stranger.received), 0.3)
            stranger.close()
        half = [Stream(self.coap_tcp) for _ in range(50)]  # say nothing at all
        self.assert_works(device)
        for stream in half:
            stream.close()
        self.assert_works(device)


class Secured(TcpTest):
    CREDENTIALS = {name: name for name in ("urn:dev:tls", "urn:dev:known", "urn:dev:returns")}

    def connect(self, name, credentials=None, **options):
        stream = Tls(self.coaps_tcp, credentials or Psk(name, key_of(name)))
        self.assertEqual(stream.cipher, PSK_CCM8 if credentials is None else ECDSA_CCM8)
        return self.over_stream(stream, name, **options)

    def x509(self, name):
        certificate, key = self.authority.sign(name.replace(":", "-"), name)
        return X509(certificate, key, self.authority.certificate)

    def test_the_life_of_a_device_with_a_pre_shared_key(self):
        self.check_life(self.connect("urn:dev:tls"))

    def test_the_life_of_a_device_with_a_certificate(self):
        self.check_life(self.connect("urn:dev:certified", self.x509("urn:dev:certified")))

    def test_an_identity_is_bound_to_its_endpoint(self):
        device = self.connect("urn:dev:known")
        device.name = "urn:dev:somebody-else"
        self.assert_code("4.00", device.register())

    def test_strangers_get_nothing(self):
        for credentials in (Psk("urn:dev:stranger", b"x" * 16), Psk("urn:dev:known", b"wrong")):
            with self.assertRaises((HandshakeFailed, NoAnswer)):
                stream = Tls(self.coaps_tcp, credentials, patience=5)
                self.over_stream(stream, "urn:dev:known").register(timeout=5)
        self.settled(self.connect("urn:dev:known"))

    def test_a_new_connection_of_the_same_identity_keeps_the_registration(self):
        """REG-17."""
        device = self.settled(self.connect("urn:dev:returns"))
        device.coap.close(abruptly=True)
        # Only the device can make a new one: commands wait for that.
        waits = self.command("dev-returns", {"op": "write", "path": "/3/0/14", "value": "+09:00"})
        self.ipe.wait_log("event=command endpoint=urn:dev:returns op=write")
        self.reconnect(device, Tls(self.coaps_tcp, Psk(device.name, key_of(device.name))))
        self.assert_code("2.04", device.update())
        self.outcome("dev-returns", waits, "done")
        self.assertEqual(device.written[-1], ("/3/0/14", "+09:00"))
        self.assert_works(device)


if __name__ == "__main__":
    main()
