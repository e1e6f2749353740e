"""What the process-level tests of DTLS, TLS and TCP share: a program with those ports, and devices on them."""

import concurrent.futures
import os
import socket
import subprocess

from certificates import Authority, public_key
from coap import Endpoint
from coap_tcp import Stream, TcpEndpoint
from dtls import PSK_CCM8, Dtls, Psk, Tls, X509
from dtls_rpk import RpkDtls
from interworking import SharedInterworkingTest
from ipe_process import program
from lwm2m_device import Device
from ports import free_port
from secured_datagrams import HandshakeFailed

# Every credential of a test has its own; a log or a listing that holds one of them has lost it.
SECRET = "5ec2e7"  # the first digits of every key here


def key_of(identity):
    """The pre-shared key of an identity: 16 octets."""
    return bytes.fromhex(SECRET) + identity.encode().ljust(13, b"\xfe")[:13]


def has_raw_public_keys():
    """Is the program linked with the GnuTLS flavour of libcoap? (The other one lacks a suite, too.)"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("IPE_")}
    done = subprocess.run(
        [program(), "check-config", "--set", "lwm2m.coaps_rpk=127.0.0.1:0", "--set",
         "lwm2m.rpk.key=/nowhere"], env=environment, timeout=20, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return b"IPE_DTLS=openssl" not in done.stdout


class SecuredTest(SharedInterworkingTest):
    """A program with all ports open. `CREDENTIALS`: identity of a pre-shared key -> endpoint."""

    CREDENTIALS = {}
    EXTRA = ""  # more of the credentials file; %(directory)s is that of the certificates

    @classmethod
    def setUpClass(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.close)
        cls.coaps, cls.coaps_rpk = (("127.0.0.1", free_port(socket.SOCK_DGRAM)) for _ in range(2))
        cls.coap_tcp, cls.coaps_tcp = (("127.0.0.1", free_port()) for _ in range(2))
        cls.server_key = cls.authority.new_key("rpk")
        certificate, key = cls.authority.sign("server", "localhost", "IP:127.0.0.1")
        cls.settings = dict(cls.settings, **{
            "lwm2m.coaps": "%s:%d" % cls.coaps,
            "lwm2m.coap_tcp": "%s:%d" % cls.coap_tcp,
            "lwm2m.coaps_tcp": "%s:%d" % cls.coaps_tcp,
            "lwm2m.tls.certificate": certificate,
            "lwm2m.tls.key": key,
            "lwm2m.tls.ca": cls.authority.certificate,
            "lwm2m.credentials": cls.write_credentials()})
        if has_raw_public_keys():
            cls.settings["lwm2m.coaps_rpk"] = "%s:%d" % cls.coaps_rpk
            cls.settings["lwm2m.rpk.key"] = cls.server_key
        super().setUpClass()

    @classmethod
    def write_credentials(cls):
        path = os.path.join(cls.authority.directory, "credentials.yaml")
        with open(path, "w", encoding="utf-8") as file:
            for identity, endpoint in cls.CREDENTIALS.items():
                file.write('- endpoint: "%s"\n  psk: {identity: "%s", key: "%s"}\n'
                           % (endpoint, identity, key_of(identity).hex()))
            file.write(cls.EXTRA % {"directory": cls.authority.directory})
        os.chmod(path, 0o600)
        return path

    def dtls(self, identity, key=None, ciphers=PSK_CCM8, **options):
        """A security context with a pre-shared key."""
        return Dtls(self.coaps, Psk(identity, key or key_of(identity), ciphers), **options)

    def assert_refused(self, *credentials):
        """No security context comes about with any (identity, key); all are tried at once."""
        def is_refused(identity, key):
            try:
                self.dtls(identity, key, patience=1.5).kill()
            except HandshakeFailed:
                return True
            return False
        with concurrent.futures.ThreadPoolExecutor() as threads:
            refused = list(threads.map(lambda wrong: is_refused(*wrong), credentials))
        self.assertEqual(refused, [True] * len(credentials), [name for name, _ in credentials])

    def over(self, datagrams, name, version="1.1", **options):
        """A device on a security context that is there."""
        device = Device(datagrams.peer, name, version=version,
                        coap=Endpoint(datagrams.peer, datagrams=datagrams), **options)
        self.addCleanup(device.close)
        return device

    def secured(self, name, identity=None, **options):
        """A device with a pre-shared key whose tree is complete."""
        return self.settled(self.over(self.dtls(identity or name), name, **options))

    def settled(self, device):
        self.assert_code("2.01", device.register())
        device.wait_observed("/3303/0")
        self.cse.wait_resource(self.ae_of(device) + "/responses")
        self.cse.wait_contents(self.ae_of(device) + "/3303/0/5700", 1)
        return device

    @staticmethod
    def ae_of(device):
        return device.name[4:].replace(":", "-")

    def assert_works(self, device):
        """Values come through, commands go through, and the registration is the one we know."""
        ae = self.ae_of(device)
        count = len(self.cse.contents(ae + "/3303/0/5700"))
        value = 30.5 + count
        device.set("/3303/0/5700", value)
        device.notify("/3303/0")
        self.assert_soon(lambda: self.cse.contents(ae + "/3303/0/5700")[-1] == str(value),
                         "the value %s" % value)
        device.set("/3/0/9", 55)
        outcome = self.run_command(ae, {"op": "read", "path": "/3/0/9"})
        self.assertEqual((outcome["status"], outcome.get("value")), ("done", 55), outcome)
        written = "+%02d:00" % (count % 12)
        outcome = self.run_command(ae, {"op": "write", "path": "/3/0/14", "value": written})
        self.assertEqual(outcome["status"], "done", outcome)
        self.assertEqual(device.written[-1], ("/3/0/14", written))
        self.assert_code("2.04", device.update())


__all__ = ["Authority", "Dtls", "Endpoint", "Psk", "RpkDtls", "SECRET", "SecuredTest", "Stream",
           "TcpEndpoint", "Tls", "X509", "has_raw_public_keys", "key_of", "public_key"]
