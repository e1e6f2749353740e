"""A device with object 5, Firmware Update (LwM2M 1.0.2, Appendix E.6), for tests.

It keeps the state machine of the specification; what takes time (the download of a pull, the
installation) happens when a test says so.
"""

import urllib.parse

from coap import BLOCK2, ETAG, GET, POST, PUT, Message, block, code, code_text
from lwm2m_device import Device, Resource, example_objects

IDLE, DOWNLOADING, DOWNLOADED, UPDATING = range(4)
INITIAL, SUCCESS = 0, 1
INTEGRITY, CANCELLED = 5, 10


class FirmwareDevice(Device):
    """`good(package)` says whether its integrity check passes."""

    def __init__(self, server, name, delivery=2, protocols=(0,), **options):
        objects = example_objects()
        objects[5] = {0: {0: Resource(b"", "W"), 1: Resource("", "RW"), 2: Resource(None, "E"),
                          3: Resource(IDLE), 5: Resource(INITIAL),
                          8: Resource(dict(enumerate(protocols))), 9: Resource(delivery),
                          10: Resource(None, "E")}}
        super().__init__(server, name, objects=objects, **options)
        self.good = lambda package: True
        self.packages = []  # written or fetched, in order

    @property
    def state(self):
        return self.get("/5/0/3")

    def enter(self, state, result=None):
        """Goes to a state and, where it is observed, tells of it."""
        if result is not None:
            self.set("/5/0/5", result)
        self.set("/5/0/3", state)
        if "/5/0/3" in self.observations:
            self.notify("/5/0/3", confirmable=False)

    def take(self, package):
        """The whole image is here."""
        self.packages.append(package)
        if self.good(package):
            self.enter(DOWNLOADED)
        else:
            self.enter(IDLE, INTEGRITY)

    def reboot(self, version=None, result=SUCCESS):
        """The end of an installation: it registers again."""
        if version is not None:
            self.set("/3/0/3", version)
        self.set("/5/0/5", result)
        self.set("/5/0/3", IDLE)
        return self.register()

    def fetch(self, size=256, number=0, count=None):
        """Blocks of the Package URI from `number` on: (octets, number of the next or None, ETag)."""
        path = urllib.parse.urlsplit(self.get("/5/0/1")).path
        octets, fetched, etag = b"", 0, None
        while True:
            answer = self.coap.request(
                Message(GET, path=path, options=[(BLOCK2, block(number, False, size))]))
            if answer.code != code("2.05"):
                raise AssertionError("GET %s: %s" % (path, code_text(answer.code)))
            got, more, given = answer.block(BLOCK2)
            if got != number or given > size:
                raise AssertionError("asked for block %d of %d: %r" % (number, size, answer))
            if etag not in (None, answer.all(ETAG)):
                raise AssertionError("the ETag has changed: %r" % answer)
            etag = answer.all(ETAG)
            octets, size = octets + answer.payload, given
            number, fetched = number + 1, fetched + 1
            if not more:
                return octets, None, etag
            if fetched == count:
                return octets, number, etag

    # ---- what the server asks ----

    def _operate(self, request):
        if request.path == "/5/0/0" and request.code == PUT:
            if request.payload == b"\0":
                self.enter(IDLE, INITIAL)
            elif self.state != IDLE:
                return Message(code("4.05"))
            else:
                self.enter(DOWNLOADING, INITIAL)
                self.take(request.payload)
            return Message(code("2.04"))
        if request.path == "/5/0/1" and request.code == PUT:
            self.set("/5/0/1", request.payload.decode())
            if request.payload:
                self.enter(DOWNLOADING, INITIAL)
            else:
                self.enter(IDLE, INITIAL)
            return Message(code("2.04"))
        if request.path == "/5/0/2" and request.code == POST:
            if self.state != DOWNLOADED:
                return Message(code("4.05"))
            self.enter(UPDATING)
        if request.path == "/5/0/10" and request.code == POST:
            if self.state not in (DOWNLOADING, DOWNLOADED):
                return Message(code("4.05"))
            self.enter(IDLE, CANCELLED)
        return super()._operate(request)
