"""Devices with DTLS for the chaos test: few, each with a thread, on tests/support's device and OpenSSL.

The network loses and doubles what is inside the records. A security context that is no good any more, because the
program was killed, is noticed like a device would: nothing answers, and a new one is made.
"""

import itertools
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from coap import GET, Endpoint, NoAnswer, Reset, code
from dtls import Dtls, Psk
from fleet import Reported
from lwm2m_device import Device, Resource
from secured_datagrams import HandshakeFailed

PATH = "/3303/0/5700"


def key_of(identity):
    return identity.encode().ljust(16, b"#")[:16]


class SecuredDevice(threading.Thread):
    def __init__(self, server, number, period, network, seed):
        super().__init__(daemon=True)
        self.server, self.period, self.network = server, period, network
        self.name = "urn:dev:ops:chaos-%03d" % number
        self.random = random.Random(seed)
        self.log, self.executed = [], []
        self.numbers = itertools.count(1)
        self.handshakes = 0
        self.quiet = self.closed = False
        self.idle = False
        self.error = None

    def credentials(self):
        return '- endpoint: "%s"\n  psk: {identity: "%s", key: "%s"}\n' % (
            self.name, self.name, key_of(self.name).hex())

    # ---- what it says ----

    def value(self, device):
        """The next one, as what the resource holds now."""
        number = next(self.numbers)
        device.set(PATH, number + 0.5)
        report = Reported(number, [(PATH[1:], repr(number + 0.5))])
        self.log.append(report)
        return report

    def pass_on(self, message):
        """A filter of coap.Endpoint."""
        if self.random.random() < self.network.loss:
            self.network.lost += 1
            return False
        return 2 if self.random.random() < self.network.double else 1

    def hear(self, message):
        if time.monotonic() < self.network.deaf_until:
            self.network.lost += 1
            return False
        return self.pass_on(message)

    def connect(self):
        """A device with a security context that is registered and observed; None: not now."""
        try:
            datagrams = Dtls(self.server, Psk(self.name, key_of(self.name)), patience=3.0)
        except HandshakeFailed:
            return None
        self.handshakes += 1
        device = Device(self.server, self.name, version="1.1", lifetime=86400,
                        objects={3303: {0: {5700: Resource(0.5)}}},
                        coap=Endpoint(self.server, datagrams=datagrams))
        device.coap.ACK_TIMEOUT = 0.3
        device.coap.outgoing, device.coap.incoming = self.pass_on, self.hear

        def observed(request):
            if request.number(6) == 0:
                self.value(device).fate = "answered"
            return device.answer(request)
        device.override[(GET, "/3303/0")] = observed
        try:
            if device.register(timeout=10.0).code == code("2.01") \
                    and device.wait_for(lambda: "/3303/0" in device.observations, 10.0):
                return device
        except (NoAnswer, Reset):
            pass
        device.coap.close(abruptly=True)
        return None

    def run(self):
        try:
            device = None
            while not self.closed:
                if device is None:
                    device = self.connect()
                    continue
                self.idle = self.quiet
                if self.quiet:
                    time.sleep(0.05)
                elif not self.report(device):
                    device.coap.close(abruptly=True)
                    device = None
                else:
                    time.sleep(self.period * self.random.uniform(0.5, 1.5))
            if device is not None:
                device.coap.close(abruptly=True)
        except Exception as error:  # a broken device must not look like a silent one
            self.error = "%s: %r" % (self.name, error)

    def report(self, device):
        """False when nobody hears it any more."""
        report = self.value(device)
        try:
            device.notify("/3303/0")
            report.fate = "acknowledged"
            return True
        except (NoAnswer, Reset):
            report.fate = "given up"
            return False
