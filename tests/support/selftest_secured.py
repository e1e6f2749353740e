#!/usr/bin/env python3
"""Tries the secured and the TCP counterparts of the process-level tests against `openssl s_server` and themselves."""

import concurrent.futures
import os
import socket
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coap
import coap_tcp
from certificates import Authority, public_key
from dtls import ECDSA_CBC, ECDSA_CCM8, PSK_CBC, PSK_CCM8, Dtls, Psk, Tls, X509
from dtls_rpk import CBC, CCM8, RpkDtls
from lwm2m_device import Device
from ports import free_port
from secured_datagrams import HandshakeFailed

KEY = bytes.fromhex("000102030405060708090a0b0c0d0e0f")


class Server:
    """`openssl s_server`: what clients send appears in read(), what is written goes to the client."""

    def __init__(self, *arguments, protocol="-dtls1_2"):
        kind = socket.SOCK_DGRAM if protocol == "-dtls1_2" else socket.SOCK_STREAM
        self.address = ("127.0.0.1", free_port(kind))
        self._process = subprocess.Popen(
            ["openssl", "s_server", protocol, "-accept", "%s:%d" % self.address, "-cipher",
             "ALL:@SECLEVEL=0", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._wait_for(b"ACCEPT")

    def _wait_for(self, text):
        for line in self._process.stdout:
            if text in line:
                return
        raise AssertionError("openssl s_server has ended")

    def expect(self, text):
        self._wait_for(text)

    def write(self, octets):
        self._process.stdin.write(octets)
        self._process.stdin.flush()

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


class Secured(unittest.TestCase):
    def server(self, *arguments, **options):
        server = Server(*arguments, **options)
        self.addCleanup(server.close)
        return server

    def psk_server(self, **options):
        return self.server("-nocert", "-psk_identity", "me", "-psk", KEY.hex(), **options)

    def connect(self, make, server, *arguments, **options):
        client = make(server.address, *arguments, **options)
        self.addCleanup(client.kill)
        return client

    def assert_talks(self, server, client):
        client.send(b"hello there\n", client.peer)
        server.expect(b"hello there")
        server.write(b"dear client\n")
        self.assertEqual(client.receive()[0], b"dear client\n")


class OverDatagrams(Secured):
    def test_pre_shared_keys_with_both_suites(self):
        server = self.psk_server()
        for cipher in (PSK_CCM8, PSK_CBC):
            client = self.connect(Dtls, server, Psk("me", KEY, cipher))
            self.assertEqual((client.cipher, client.is_resumed), (cipher, False))
            self.assert_talks(server, client)
            client.close()

    def test_a_wrong_key_makes_no_context(self):
        server = self.psk_server()
        with self.assertRaises(HandshakeFailed):
            Dtls(server.address, Psk("me", b"wrong"), patience=1.5)

    def test_nobody_there_makes_no_context(self):
        with self.assertRaises(HandshakeFailed):
            Dtls(("127.0.0.1", free_port(socket.SOCK_DGRAM)), Psk("me", KEY), patience=0.5)

    def test_resumes_from_another_port(self):
        server = self.psk_server()
        first = self.connect(Dtls, server, Psk("me", KEY))
        self.assert_talks(server, first)
        session = first.session()
        first.close()
        second = self.connect(Dtls, server, Psk("me", KEY), session=session)
        self.assertTrue(second.is_resumed)
        self.assertNotEqual(second.address, first.address)
        self.assert_talks(server, second)

    def test_takes_the_same_port_again(self):
        server = self.psk_server()
        first = self.connect(Dtls, server, Psk("me", KEY))
        first.close()
        second = self.connect(Dtls, server, Psk("me", KEY), port=first.address[1])
        self.assertEqual(second.address, first.address)
        self.assert_talks(server, second)

    def test_an_endpoint_works_on_it(self):
        server = self.psk_server()
        endpoint = coap.Endpoint(server.address, datagrams=Dtls(server.address, Psk("me", KEY)))
        self.addCleanup(endpoint.close)
        endpoint.send(coap.Message(coap.GET, message_id=0x4142, path="here\n"))
        server.expect(b"AB")
        server.write(coap.Message(coap.code("2.05"), coap.NON, 7, b"tokn", "answer").encode() + b"\n")
        self.assertTrue(endpoint.wait(lambda: endpoint.received))
        self.assertEqual(endpoint.received[0].payload, b"answer\n")


class Certificates(Secured):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.server_files = cls.authority.sign("server", "localhost")
        cls.client_files = cls.authority.sign("client", "urn:dev:1")

    def x509_server(self, **options):
        certificate, key = self.server_files
        return self.server("-cert", certificate, "-key", key, "-CAfile", self.authority.certificate,
                           "-Verify", "1", "-verify_return_error", **options)

    def test_certificates_with_both_suites(self):
        server = self.x509_server()
        for cipher in (ECDSA_CCM8, ECDSA_CBC):
            client = self.connect(Dtls, server, X509(*self.client_files, self.authority.certificate,
                                                     cipher))
            self.assertEqual(client.cipher, cipher)
            self.assert_talks(server, client)
            client.close()

    def test_refuses_a_server_of_another_authority(self):
        server = self.x509_server()
        other = Authority()
        self.addCleanup(other.close)
        with self.assertRaises(HandshakeFailed):
            Dtls(server.address, X509(*self.client_files, other.certificate), patience=5)

    def test_raw_public_keys_with_both_suites(self):
        keys = [self.authority.new_key("one"), self.authority.new_key("two")]
        for cipher in (CCM8, CBC):
            ends = [("127.0.0.1", free_port(socket.SOCK_DGRAM)) for _ in range(2)]
            with concurrent.futures.ThreadPoolExecutor() as threads:
                pair = list(threads.map(
                    lambda n: RpkDtls(ends[1 - n], keys[n], public_key(keys[1 - n]), cipher,
                                      server=n == 0, port=ends[n][1]), (0, 1)))
            for one, other in (pair, pair[::-1]):
                self.addCleanup(one.kill)
                one.send(b"hello", one.peer)
                self.assertEqual(other.receive()[0], b"hello")
            pair[0].close()
            threading.Timer(0.5, pair[1].wake).start()
            self.assertEqual(pair[1].receive()[0], b"")
            self.assertEqual(pair[1].ended, "close_notify")

    def test_a_raw_public_key_that_is_not_the_one_expected(self):
        keys = [self.authority.new_key("one"), self.authority.new_key("two")]
        ends = [("127.0.0.1", free_port(socket.SOCK_DGRAM)) for _ in range(2)]
        with concurrent.futures.ThreadPoolExecutor() as threads:
            server = threads.submit(RpkDtls, ends[1], keys[0], public_key(keys[1]), server=True,
                                    port=ends[0][1], patience=3)
            with self.assertRaises(HandshakeFailed):
                RpkDtls(ends[0], keys[1], public_key(keys[1]), port=ends[1][1])
            self.addCleanup(server.result().kill)


class OverTcp(Secured):
    def test_frames_as_printed(self):
        """RFC 8323 §3.2, figure 6; lengths around each step of the length field."""
        self.assertEqual(coap_tcp.encode(coap.Message(0x43, token=b"\x7f")).hex(), "01437f")
        for length, head in ((11, "c1"), (12, "d1"), (267, "d1"), (268, "e1"), (65803, "e1"),
                             (65804, "f1")):
            octets = coap_tcp.encode(coap.Message(0x45, token=b"t", payload=bytes(length)))
            self.assertEqual(octets[:1].hex(), head, length)
            message, used = coap_tcp.decode(octets + b"more")
            self.assertEqual((message.token, message.payload, used), (b"t", bytes(length), len(octets)))
            self.assertEqual(coap_tcp.decode(octets[:-1]), (None, 0))

    def pair(self):
        """A listener's endpoint and a device that is connected to it."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            device = Device(None, "urn:dev:1", binding="T",
                            coap=coap_tcp.TcpEndpoint(listener.getsockname()))
            accepted, peer = listener.accept()
        server = coap_tcp.TcpEndpoint(stream=coap_tcp.Stream(peer, accepted=accepted))
        self.addCleanup(device.close)
        self.addCleanup(server.close)
        return server, device

    def test_settings_come_first_and_a_ping_is_answered(self):
        server, device = self.pair()
        self.assertTrue(device.wait_for(lambda: device.coap.received))
        self.assertEqual(device.coap.received[0].code, coap_tcp.CSM)
        self.assertEqual(device.coap.received[0].number(coap_tcp.MAX_MESSAGE_SIZE), 1 << 20)
        self.assertEqual(server.ping().code, coap_tcp.PONG)

    def test_a_device_registers_serves_and_notifies(self):
        server, device = self.pair()
        server.on_request = lambda request: coap.Message(
            coap.code("2.01"), options=[(coap.LOCATION_PATH, b"rd"), (coap.LOCATION_PATH, b"7")])
        self.assertEqual(device.register().code, coap.code("2.01"))
        self.assertEqual(device.location, "/rd/7")
        answer = server.request(coap.Message(coap.GET, path="/3303/0/5700", observe=0, token=b"obs"))
        self.assertEqual((answer.payload, answer.number(coap.OBSERVE)), (b"21.5", 0))
        notified = []
        server.on_notification = notified.append
        device.set("/3303/0/5700", 22.5)
        device.notify("/3303/0/5700")
        self.assertTrue(server.wait(lambda: notified))
        self.assertEqual((notified[0].token, notified[0].payload), (b"obs", b"22.5"))

    def test_a_connection_that_is_lost(self):
        server, device = self.pair()
        server.close(abruptly=True)
        self.assertTrue(device.wait_for(lambda: device.coap.ended))
        with self.assertRaises(coap.NoAnswer):
            device.register()

    def test_tls(self):
        server = self.psk_server(protocol="-tls1_2")
        client = self.connect(Tls, server, Psk("me", KEY))
        self.assertEqual(client.cipher, PSK_CCM8)
        self.assert_talks(server, client)
        server.write(b"Q\n")
        self.assertEqual(client.receive()[0], b"")
        self.assertTrue(client.ended)


if __name__ == "__main__":
    unittest.main()
