#!/usr/bin/env python3
"""Devices over DTLS: identities, endpoints, new addresses, floods (LwM2M Transport §5; SEC-1 to SEC-19)."""

import os
import random
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from certificates import Authority
from coap import DELETE, GET, POST, Endpoint, Message, NoAnswer
from dtls import ECDSA_CBC, ECDSA_CCM8, PSK_CBC, PSK_CCM8, Dtls, Psk, X509
from interworking import main
from lwm2m_device import Device
from secured import SECRET, RpkDtls, SecuredTest, has_raw_public_keys, key_of, public_key
from secured_datagrams import HandshakeFailed


class PreSharedKeys(SecuredTest):
    CREDENTIALS = {"urn:dev:ccm": "urn:dev:ccm", "urn:dev:cbc": "urn:dev:cbc",
                   "id-of-another-form": "urn:dev:named", "urn:dev:left-out": "urn:dev:left-out",
                   "gateway": "urn:dev:behind-*", "urn:dev:safe": "urn:dev:safe",
                   "urn:dev:thief": "urn:dev:thief", "urn:dev:plain": "urn:dev:plain",
                   "urn:dev:unicode-\u00e9\u4e2d": "urn:dev:unicode"}

    def test_the_mandatory_suite(self):
        datagrams = self.dtls("urn:dev:ccm", ciphers=PSK_CCM8)
        self.assertEqual(datagrams.cipher, PSK_CCM8)
        self.assert_works(self.settled(self.over(datagrams, "urn:dev:ccm")))

    def test_the_other_mandatory_suite(self):
        if not has_raw_public_keys():
            self.skipTest("the OpenSSL flavour of libcoap lacks it (SEC-5, docs/conformance.md)")
        datagrams = self.dtls("urn:dev:cbc", ciphers=PSK_CBC)
        self.assertEqual(datagrams.cipher, PSK_CBC)
        self.assert_works(self.settled(self.over(datagrams, "urn:dev:cbc", version="1.0")))

    def test_an_identity_registers_as_its_endpoint_and_no_other(self):
        """SEC-8, REG-3."""
        device = self.over(self.dtls("id-of-another-form"), "urn:dev:ccm-2")
        self.assert_code("4.00", device.register())
        device.name = "id-of-another-form"
        self.assert_code("4.00", device.register())
        self.assertIsNone(self.cse.find("dev-ccm-2"))
        device.name = "urn:dev:named"
        self.settled(device)

    def test_an_identity_outside_ascii(self):
        identity = "urn:dev:unicode-\u00e9\u4e2d"
        self.settled(self.over(self.dtls(identity), "urn:dev:unicode"))

    def test_one_identity_for_many_endpoints(self):
        for name in ("urn:dev:behind-1", "urn:dev:behind-2"):
            self.settled(self.over(self.dtls("gateway"), name))
        self.assert_code("4.00", self.over(self.dtls("gateway"), "urn:dev:before").register())

    def test_the_endpoint_may_be_left_out_from_1_1_on(self):
        """REG-4."""
        device = self.over(self.dtls("urn:dev:left-out"), "urn:dev:left-out")

        def without_name(version):
            message = device.registration()
            message.options = [o for o in message.options
                               if not o[1].startswith((b"ep=", b"lwm2m="))]
            message.options.append((15, b"lwm2m=" + version.encode()))
            return device.coap.request(message)
        self.assert_code("4.00", without_name("1.0"))
        self.assert_code("2.01", without_name("1.1"))
        self.wait_event("registered", "urn:dev:left-out")

    def test_who_is_unknown_or_has_a_wrong_key_gets_nothing(self):
        """SEC-14."""
        events = len(self.events())
        self.assert_refused(("urn:dev:nobody", None), ("urn:dev:safe", b"wrong"),
                            ("urn:dev:safe", key_of("urn:dev:ccm")), ("", b"x"))
        self.assertEqual(len(self.events()), events)
        self.settled(self.over(self.dtls("urn:dev:safe"), "urn:dev:safe"))

    def test_a_registration_belongs_to_its_identity(self):
        """REG-17: its unguessable handle is of no use to another identity, or without security."""
        victim = self.secured("urn:dev:safe")
        thief = self.over(self.dtls("urn:dev:thief"), "urn:dev:thief")
        stranger = Endpoint(self.ipe.coap)
        self.addCleanup(stranger.close)
        for coap in (thief.coap, stranger):
            for method in (POST, DELETE):
                self.assert_code("4.04", coap.request(Message(method, path=victim.location)))
        forged = Message(0x45, 1, 0, victim.observations["/3303/0"], b"\xe4\x16\x44\x42\xf6\x00\x00",
                         content_format=11542, observe=1000)
        forged.message_id = thief.coap.message_id()
        thief.coap.send(forged)
        self.assert_works(victim)
        self.assertNotIn("123", "".join(self.cse.contents("dev-safe/3303/0/5700")))

    def test_without_security_nobody_takes_the_name_of_a_secured_endpoint(self):
        secured = self.secured("urn:dev:plain")
        plain = self.device("urn:dev:plain")
        self.assertEqual(plain.register().code >> 5, 4)
        self.assert_works(secured)

    def test_plain_messages_on_the_secured_port_are_dropped(self):
        """SEC-19."""
        plain = Device(self.coaps, "urn:dev:insolent")
        self.addCleanup(plain.close)
        plain.coap.ACK_TIMEOUT = 0.2
        with self.assertRaises(NoAnswer):
            plain.register(attempts=3)
        generator = random.Random(7)
        for _ in range(300):
            plain.coap.send_octets(generator.randbytes(generator.randrange(1, 200)))
            plain.coap.send_octets(b"\x16\xfe\xfd" + generator.randbytes(generator.randrange(1, 200)))
        self.assertEqual(plain.coap.received, [])
        self.assertIsNone(self.cse.find("dev-insolent"))
        self.settled(self.over(self.dtls("urn:dev:ccm"), "urn:dev:ccm"))


class NewAddresses(SecuredTest):
    settings = {"queue_mode.awake": "1s"}
    CREDENTIALS = {name: name for name in ("urn:dev:sleeps", "urn:dev:wanders", "urn:dev:restarts",
                                           "urn:dev:stays", "urn:dev:closes", "urn:dev:killed-idle",
                                           "urn:dev:killed-busy")}

    def move(self, device, session=None, port=0):
        """The device goes on with another security context."""
        datagrams = self.dtls(device.name, session=session, port=port)
        device.move(Endpoint(self.coaps, datagrams=datagrams))
        return datagrams

    def test_resumption_from_another_port_keeps_registration_and_queue(self):
        """QM-7, SEC-11."""
        device = self.secured("urn:dev:sleeps", queue_mode=True)
        token = device.observations["/3303/0"]
        time.sleep(1.2)
        for _ in range(10):
            held = self.command("dev-sleeps", {"op": "write", "path": "/3/0/14", "value": "+01:00"})
            if self.outcome("dev-sleeps", held)["status"] == "accepted":
                break
            time.sleep(1.2)
        old = device.coap
        heard, session = len(old.received), old.datagrams.session()
        old.close(abruptly=True)
        self.move(device, session)
        self.assert_code("2.04", device.update())
        self.outcome("dev-sleeps", held, "done")
        self.assertEqual(device.written[-1], ("/3/0/14", "+01:00"))
        self.assertEqual(len(old.received), heard)
        self.assertEqual(device.observations["/3303/0"], token)
        self.assert_works(device)
        self.assertEqual([e["event"] for e in self.events() if e["ep"] == device.name][0],
                         "registered")

    def test_a_new_handshake_of_the_same_identity_keeps_the_registration(self):
        """REG-17: proved by the identity, whatever the address."""
        device = self.secured("urn:dev:wanders")
        device.coap.close(abruptly=True)
        self.move(device)
        self.assert_code("2.04", device.update())
        self.assert_works(device)

    def test_a_notification_from_another_address_needs_no_update(self):
        """IR-17: bound to the registration of an identity."""
        device = self.secured("urn:dev:stays")
        device.coap.close(abruptly=True)
        self.move(device)
        self.assert_works(device)

    def test_a_restart_of_the_program_keeps_what_it_knew(self):
        device = self.secured("urn:dev:restarts")
        self.ipe.kill()
        self.ipe.start()
        # The device's context is void, and only the device can make a new one: commands wait for that.
        waits = self.command("dev-restarts", {"op": "write", "path": "/3/0/14", "value": "+09:00"})
        self.ipe.wait_log("event=command endpoint=urn:dev:restarts op=write")
        device.coap.close(abruptly=True)
        self.move(device)
        self.assert_code("2.04", device.update())
        self.outcome("dev-restarts", waits, "done")
        self.assertEqual(device.written[-1], ("/3/0/14", "+09:00"))
        self.assert_works(device)

    def killed(self, device):
        """Killed and begun anew on the same port, where its old context would shut it out."""
        begun = time.monotonic()
        port = device.coap.address[1]
        device.coap.close(abruptly=True)
        datagrams = self.dtls(device.name, port=port, patience=120.0)
        device.move(Endpoint(self.coaps, datagrams=datagrams))
        self.assert_code("2.01", device.register())
        self.assertLess(time.monotonic() - begun, 120.0, "two minutes")
        device.wait_observed("/3303/0")
        self.assert_works(device)

    def test_a_client_that_was_killed_comes_back_from_the_same_port(self):
        device = self.secured("urn:dev:killed-idle")
        for _ in range(2):
            self.killed(device)

    def test_a_client_that_was_killed_in_mid_command(self):
        device = self.secured("urn:dev:killed-busy")
        asked = []
        device.override[(GET, "/3/0/9")] = asked.append  # silent
        request = self.command("dev-killed-busy", {"op": "read", "path": "/3/0/9"})
        self.assertTrue(device.wait_for(lambda: asked))
        del device.override[(GET, "/3/0/9")]
        self.killed(device)
        self.assertIn(self.outcome("dev-killed-busy", request)["status"], ("done", "failed"))

    def test_a_client_that_says_goodbye_comes_back_from_the_same_port(self):
        device = self.secured("urn:dev:closes")
        port = device.coap.address[1]
        device.coap.close()
        self.move(device, port=port)
        self.assert_code("2.04", device.update())
        self.assert_works(device)


class Secrets(SecuredTest):
    settings = {"log.level": "trace", "lwm2m.coap": ""}
    CREDENTIALS = {"urn:dev:known": "urn:dev:known"}

    def credentials(self, *arguments, stdin=""):
        done = subprocess.run(self.ipe.command("credentials", *arguments),
                              env=self.ipe.environment(), input=stdin.encode(), timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode()

    def test_credentials_come_and_go_at_run_time(self):
        name = "urn:dev:added"
        self.assert_refused((name, None))
        status, text = self.credentials("add", name, stdin=key_of(name).hex() + "\n")
        self.assertEqual(status, 0, text)
        device = self.secured(name)
        self.assert_works(device)
        self.assertEqual(self.credentials("remove", name)[0], 0)
        self.assert_refused((name, None))
        self.assertEqual(self.over(self.dtls("urn:dev:known"), "urn:dev:known").register().code, 0x41)

    def test_no_key_is_ever_shown(self):
        name = "urn:dev:shown"
        shown = str(self.credentials("add", name, stdin=key_of(name).hex() + "\n"))
        shown += str(self.credentials("add", name, stdin=key_of(name).hex() + "\n"))
        self.assert_works(self.secured(name))
        self.assert_refused((name, b"wrong"), ("urn:dev:known", key_of(name)))
        shown += str(self.credentials("list")) + str(self.ipe.run("check-config"))
        for page in ("/metrics", "/readyz", "/healthz", "/", "/api/endpoints"):
            shown += str(self.ipe.get(page))
        shown += self.ipe.log_text(100000) + str(self.cse.tree())
        self.assertIn(name, shown)
        octets = bytes.fromhex(SECRET)
        for form in (SECRET, SECRET.upper(), octets.decode("latin-1"), str(octets)[2:-1]):
            self.assertNotIn(form, shown)

    def test_without_nosec_the_plain_port_is_closed(self):
        """`lwm2m.coap` is empty here."""
        plain = self.device("urn:dev:open")
        plain.coap.ACK_TIMEOUT = 0.2
        with self.assertRaises(NoAnswer):
            plain.register(attempts=2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(self.ipe.coap)  # nobody has it


class Floods(SecuredTest):
    """What strangers send must not keep anybody out."""

    settings = {"lwm2m.handshakes": "200"}
    CREDENTIALS = dict({"urn:dev:honest-%d" % n: "urn:dev:honest-%d" % n for n in range(6)},
                       **{"urn:dev:first": "urn:dev:first"})

    def client_hello(self):
        """The first datagram of a handshake."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(("127.0.0.1", 0))
            sink.settimeout(10)
            client = Dtls(sink.getsockname(), Psk("urn:dev:flood", b"x"), handshake=False)
            self.addCleanup(client.kill)
            return sink.recv(2000)

    def assert_honest_ones_get_in(self, first, seconds=20.0):
        begun = time.monotonic()
        for number in range(first, first + 3):
            name = "urn:dev:honest-%d" % number
            device = self.over(self.dtls(name, patience=seconds), name)
            self.assert_code("2.01", device.register())
        self.assertLess(time.monotonic() - begun, seconds)

    def test_hellos_without_cookie(self):
        """SEC-13: from 1500 ports within seconds, as from forged addresses: more than are kept."""
        before = self.secured("urn:dev:first")
        hello = self.client_hello()
        begun = time.monotonic()
        for _ in range(1500):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
                source.sendto(hello, self.coaps)
        self.assert_honest_ones_get_in(0)
        self.assert_works(before)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
            source.settimeout(1)
            answer = b""
            while not answer:  # in a flood a new source has to say it twice
                source.sendto(hello, self.coaps)
                try:
                    answer = source.recv(4000)
                except TimeoutError:
                    self.assertLess(time.monotonic(), begun + 30, "no answer to a ClientHello")
            self.assertEqual(answer[13], 3, "no HelloVerifyRequest")
            self.assertLess(len(answer), len(hello), "more comes out than went in")

    def test_handshakes_that_stop_half_way(self):
        """They have shown their address, and wait for what never comes."""
        for _ in range(150):
            client = Dtls(self.coaps, Psk("urn:dev:honest-0", b"wrong"), handshake=False)
            self.addCleanup(client.kill)
            with self.assertRaises(HandshakeFailed):
                client.shake_hands(patience=0.02)
        self.assert_honest_ones_get_in(3)


class Certificates(SecuredTest):
    EXTRA = ('- endpoint: "urn:dev:by-entry"\n  x509: {name: "meter-2.example.org"}\n'
             '- endpoint: "nobody-has-this"\n  x509: {name: "urn:dev:lost"}\n')

    def x509(self, common_name, alternative_name=None, authority=None, **options):
        authority = authority or self.authority
        certificate, key = authority.sign("device-%d" % random.randrange(1 << 30), common_name,
                                          alternative_name)
        return Dtls(self.coaps, X509(certificate, key, self.authority.certificate,
                                     options.pop("ciphers", ECDSA_CCM8)), **options)

    def test_both_mandatory_suites(self):
        """SEC-6, SEC-10: the common name is the endpoint."""
        for number, cipher in enumerate((ECDSA_CCM8, ECDSA_CBC)):
            name = "urn:dev:certified-%d" % number
            datagrams = self.x509(name, ciphers=cipher)
            self.assertEqual(datagrams.cipher, cipher)
            self.assert_works(self.settled(self.over(datagrams, name)))

    def test_an_alternative_name_is_the_endpoint(self):
        datagrams = self.x509("something else", "DNS:dev-7.example.org")
        device = self.over(datagrams, "dev-7.example.org")
        self.assert_code("2.01", device.register())

    def test_another_endpoint_than_the_certificate_names(self):
        device = self.over(self.x509("urn:dev:mallory"), "urn:dev:alice")
        self.assert_code("4.00", device.register())
        self.assertIsNone(self.cse.find("dev-alice"))

    def test_an_entry_decides(self):
        device = self.over(self.x509("meter-2.example.org"), "urn:dev:by-entry")
        self.assert_code("2.01", device.register())
        for name, endpoint in (("meter-2.example.org", "meter-2.example.org"),
                               ("urn:dev:lost", "urn:dev:lost")):
            device = self.over(self.x509(name), endpoint)
            self.assert_code("4.00", device.register())

    def test_of_another_authority_or_without_certificate(self):
        other = Authority()
        self.addCleanup(other.close)
        for make in (lambda: self.x509("urn:dev:forged", authority=other, patience=3),
                     lambda: Dtls(self.coaps, X509(None, None, self.authority.certificate),
                                  patience=3)):
            with self.assertRaises(HandshakeFailed):
                datagrams = make()
                # OpenSSL may take the handshake for done before the server has judged.
                device = self.over(datagrams, "urn:dev:forged")
                device.coap.ACK_TIMEOUT = 0.3
                try:
                    device.register(attempts=2)
                except NoAnswer as error:
                    raise HandshakeFailed(str(error)) from error
        self.assertIsNone(self.cse.find("dev-forged"))

    def test_resumption_keeps_the_identity(self):
        name = "urn:dev:resumes"
        datagrams = self.x509(name)
        device = self.settled(self.over(datagrams, name))
        session = datagrams.session()
        device.coap.close(abruptly=True)
        again = Dtls(self.coaps, datagrams._credentials, session=session)
        device.move(Endpoint(self.coaps, datagrams=again))
        self.assert_code("2.04", device.update())
        self.assert_works(device)


class RawPublicKeys(SecuredTest):
    """SEC-9."""

    @classmethod
    def write_credentials(cls):
        cls.keys = {name: cls.authority.new_key(name) for name in ("known", "stranger")}
        path = os.path.join(cls.authority.directory, "known.pem")
        with open(path, "wb") as file:
            file.write(public_key(cls.keys["known"], "PEM"))
        cls.EXTRA = '- endpoint: "urn:dev:raw"\n  rpk: {public_key: known.pem}\n'
        return super().write_credentials()

    def setUp(self):
        if not has_raw_public_keys():
            self.skipTest("the OpenSSL flavour of libcoap has none (docs/conformance.md)")

    def rpk(self, name, cipher="AES-128-CCM-8:+AEAD", **options):
        return RpkDtls(self.coaps_rpk, self.keys[name], public_key(self.server_key), cipher, **options)

    def test_a_known_key_with_both_suites(self):
        for cipher in ("AES-128-CCM-8:+AEAD", "AES-128-CBC:+SHA256"):
            device = self.settled(self.over(self.rpk("known", cipher), "urn:dev:raw"))
            self.assert_works(device)
            self.assert_code("2.02", device.deregister())

    def test_another_endpoint_than_the_key_is_for(self):
        self.assert_code("4.00", self.over(self.rpk("known"), "urn:dev:cooked").register())

    def test_an_unknown_key(self):
        with self.assertRaises(HandshakeFailed):
            datagrams = self.rpk("stranger", patience=3)
            device = self.over(datagrams, "urn:dev:raw")
            device.coap.ACK_TIMEOUT = 0.3
            try:
                device.register(attempts=2)
            except NoAnswer as error:
                raise HandshakeFailed(str(error)) from error
        self.assertIsNone(self.cse.find("dev-raw"))


if __name__ == "__main__":
    main()
