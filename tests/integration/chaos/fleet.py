"""LwM2M devices by the dozen, and the network between them and the program, on one thread.

A device follows RFC 7252 with scaled time-outs: one confirmable message under way (NSTART), retransmission
with back-off, a message given up in the end. Each value that it reports is told once and greater than the one
before. Its log says what became of each: "acknowledged" must arrive, the rest may.

The network loses, doubles, delays and so reorders datagrams in both directions, by a seeded generator.
"""

import heapq
import itertools
import os
import random
import selectors
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from coap import ACK, CON, GET, NON, POST, PUT, RST, FormatError, Message, code
from coap import LOCATION_PATH  # noqa: F401 (Message.location reads it)

LINK, SENML_JSON, TLV = 40, 110, 11542
INSTANCES = ("/3303/0", "/3303/1")  # what is observed
SENT, PART = "5700", "5601"  # resources: in every message, in some


class Network:
    """`loss`, `double`, `late`: probabilities for each datagram; `latest`: s. `deaf_until`: devices hear
    nothing before that time."""

    def __init__(self, timers, generator):
        self.timers, self.random = timers, generator
        self.loss = self.double = self.late = 0.0
        self.latest, self.deaf_until = 0.2, 0.0
        self.lost = self.doubled = self.delayed = self.passed = 0

    def carry(self, deliver):
        copies = 1
        if self.random.random() < self.loss:
            self.lost += 1
            return
        if self.random.random() < self.double:
            self.doubled += 1
            copies = 2
        for copy in range(copies):
            if copy or self.random.random() < self.late:
                self.delayed += 1
                self.timers.after(self.random.uniform(0, self.latest), deliver)
            else:
                self.passed += 1
                deliver()


class Timers:
    def __init__(self):
        self._heap, self._numbers = [], itertools.count()

    def after(self, seconds, call):
        entry = [time.monotonic() + seconds, next(self._numbers), call]
        heapq.heappush(self._heap, entry)
        return entry

    @staticmethod
    def cancel(entry):
        entry[2] = None

    def run(self):
        """Calls what is due; returns seconds until the next."""
        while self._heap:
            wait = self._heap[0][0] - time.monotonic()
            if wait > 0:
                return wait
            call = heapq.heappop(self._heap)[2]
            if call is not None:
                call()
        return 1.0


class Reported:
    """One message with values: what its fate is. `values`: {(container, text)} in order."""

    __slots__ = ("number", "values", "fate")

    def __init__(self, number, values):
        self.number, self.values, self.fate = number, values, "unsent"


class Exchange:
    """A confirmable message of the device under way."""

    def __init__(self, message, done, reported=None, path=None):
        self.message, self.done, self.reported, self.path = message, done, reported, path
        self.octets, self.tries, self.timer, self.acknowledged = message.encode(), 0, None, False


def tlv(values):
    """Resources with 64-bit floats (LwM2M 1.0.2 §6.4.3)."""
    out = b""
    for identifier, value in values:
        out += bytes([0xE8]) + struct.pack("!HB", int(identifier), 8) + struct.pack("!d", value)
    return out


class Device:
    ACK_TIMEOUT, MAX_RETRANSMIT, QUEUE = 0.25, 7, 4

    def __init__(self, fleet, name, version, dies_at_execute):
        self.fleet, self.name, self.version, self.dies = fleet, name, version, dies_at_execute
        self.random = random.Random(fleet.random.random())
        self.log, self.executed = [], []  # Reported; arguments of executes
        self.numbers, self.sequence = itertools.count(1), itertools.count(10)
        self.message_id = self.random.randrange(1 << 16)
        self.socket = None
        self.reboot()

    # ---- life ----

    def open_socket(self):
        if self.socket is not None:
            self.fleet.forget(self)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(self.fleet.server)
        self.socket.setblocking(False)
        self.fleet.watch(self)

    def reboot(self):
        """Everything but its log is forgotten; it registers when it runs, from another port: what comes late for
        the one before it must not be executed again."""
        self.abandon()
        self.open_socket()
        self.observed, self.answers = {}, {}
        self.location, self.wishes, self.dead = None, [], False
        self.rejected = False

    def abandon(self):
        exchange = getattr(self, "exchange", None)
        if exchange is not None:
            self.fleet.timers.cancel(exchange.timer)
            if exchange.reported is not None:
                exchange.reported.fate = "given up"
        self.exchange = None

    def rebind(self):
        """NAT: another address from now on, which it announces with an Update."""
        self.open_socket()
        self.wishes.insert(0, self.update)
        self.next()

    def die(self):
        self.abandon()
        self.dead = True
        self.fleet.counts["deaths"] += 1
        self.fleet.timers.after(self.random.uniform(0.5, 4.0), self.resurrect)

    def resurrect(self):
        self.reboot()
        self.next()

    # ---- what it says ----

    def tick(self):
        """Once per period: a report, unless too many wait."""
        if self.dead or self.location is None or len(self.wishes) >= self.QUEUE:
            return
        send = self.version == "1.1" and self.random.random() < 0.2
        self.wishes.append(self.send if send else self.notify)
        self.next()

    def next(self):
        while self.exchange is None and not self.dead:
            if self.location is None:
                return self.register()
            if not self.wishes:
                return None
            self.wishes.pop(0)()
        return None

    def register(self):
        self.observed.clear()
        links = ",".join("<%s>" % path for path in ("/1/0", "/3/0", *INSTANCES))
        if self.version == "1.1":
            links = '</>;ct="110 11542",' + links
        message = Message(POST, path="/rd", content_format=LINK, payload=links, query=[
            "ep=" + self.name, "lt=86400", "lwm2m=" + self.version, "b=U"])

        def done(answer):
            if answer is not None and answer.code == code("2.01"):
                self.location = answer.location
                self.fleet.counts["registrations"] += 1
                return self.next()
            if answer is not None:
                self.fleet.counts["register refused %d" % answer.code] += 1
            return self.pause()
        self.begin(message, done)

    def pause(self):
        """Before it registers again."""
        self.location = None
        self.exchange = Exchange(Message(), None)
        self.exchange.timer = self.fleet.timers.after(self.random.uniform(0.2, 1.0), self.resurrect)

    def update(self):
        def done(answer):
            if answer is None or answer.code != code("2.04"):
                self.fleet.counts["update failed"] += 1
                self.location = None
            self.next()
        self.begin(Message(POST, path=self.location), done)

    def values(self, path):
        """A new Reported for that instance, and what goes on the wire."""
        number = next(self.numbers)
        resources = [PART, SENT] if self.random.random() < 0.3 else [SENT]
        pairs = [(r, number + (0.25 if r == PART else 0.5)) for r in resources]
        reported = Reported(number, [("%s/%s" % (path[1:], r), repr(v)) for r, v in pairs])
        self.log.append(reported)
        return reported, pairs

    def notify(self):
        if not self.observed:
            return
        path = self.random.choice(sorted(self.observed))
        reported, pairs = self.values(path)
        message = Message(code("2.05"), CON, token=self.observed[path], payload=tlv(pairs),
                          content_format=TLV, observe=next(self.sequence))

        def done(answer):
            if answer is not None and answer.type == RST:
                self.fleet.counts["notifications reset"] += 1
                reported.fate = "reset"
                self.observed.pop(path, None)
                if not self.observed:
                    return self.pause()
            return self.next()
        self.begin(message, done, reported, path)

    def send(self):
        reported, pairs = self.values(INSTANCES[0])
        pack = ",".join('{"n":"%s/%s","v":%r}' % (INSTANCES[0], r, v) for r, v in pairs)
        message = Message(POST, path="/dp", payload="[%s]" % pack, content_format=SENML_JSON)

        def done(answer):
            if answer is None:
                reported.fate = "given up"
            elif answer.code == code("2.04"):
                reported.fate = "acknowledged"
            else:
                reported.fate = "refused"
                self.fleet.counts["sends refused %d" % answer.code] += 1
                if answer.code == code("4.04"):
                    return self.pause()
            return self.next()
        self.fleet.counts["sends"] += 1
        self.begin(message, done, reported)

    # ---- message layer ----

    def begin(self, message, done, reported=None, path=None):
        self.message_id = (self.message_id + 1) & 0xFFFF
        message.type, message.message_id = CON, self.message_id
        if not message.token:
            message.token = self.random.randbytes(4)
        self.exchange = Exchange(message, done, reported, path)
        if reported is not None:
            reported.fate = "under way"
            self.fleet.counts["reported"] += 1
        self.transmit()

    def transmit(self):
        exchange = self.exchange
        if exchange.tries > self.MAX_RETRANSMIT or exchange.acknowledged:
            return self.finish(None)
        timeout = self.ACK_TIMEOUT * min(2 ** exchange.tries, 8) * self.random.uniform(1.0, 1.5)
        if exchange.tries:
            self.fleet.counts["retransmissions"] += 1
        exchange.tries += 1
        exchange.timer = self.fleet.timers.after(timeout, self.transmit)
        self.put(exchange.octets)
        return None

    def finish(self, answer):
        exchange, self.exchange = self.exchange, None
        self.fleet.timers.cancel(exchange.timer)
        if answer is None:
            self.fleet.counts["given up"] += 1
            if exchange.reported is not None:
                exchange.reported.fate = "given up"
        exchange.done(answer)

    def put(self, octets):
        outlet = self.socket

        def deliver():
            try:
                outlet.send(octets)
            except OSError:
                pass  # nobody listens, or it has moved since
        self.fleet.network.carry(deliver)

    def readable(self):
        inlet = self.socket
        while True:
            try:
                octets = inlet.recv(2048)
            except BlockingIOError:
                return
            except OSError:
                continue  # port unreachable: nobody listens
            if time.monotonic() < self.fleet.network.deaf_until:
                self.fleet.network.lost += 1
                continue
            self.fleet.network.carry(lambda octets=octets: self.take(octets, inlet))
            if self.socket is not inlet:
                return

    def take(self, octets, inlet):
        if self.dead or inlet is not self.socket:
            return
        try:
            message = Message.decode(octets)
        except FormatError as error:
            self.fleet.errors.append("%s got %r: %s" % (self.name, octets, error))
            return
        exchange = self.exchange
        if message.is_request:
            self.serve(message)
        elif message.type in (ACK, RST) and not message.code:
            if exchange is None or exchange.done is None \
                    or exchange.message.message_id != message.message_id:
                return
            if message.type == RST:
                self.finish(message)
            elif exchange.path is not None:  # a notification is done with its acknowledgement
                exchange.reported.fate = "acknowledged"
                self.finish(message)
            elif not exchange.acknowledged:  # the response comes separately
                exchange.acknowledged = True
                self.fleet.timers.cancel(exchange.timer)
                exchange.timer = self.fleet.timers.after(30.0, self.transmit)
        elif message.code:
            if message.type == CON:
                self.put(Message(type=ACK, message_id=message.message_id).encode())
            if exchange is not None and exchange.done and exchange.path is None \
                    and message.token == exchange.message.token:
                self.finish(message)

    def serve(self, request):
        key = (request.message_id, request.token)
        if key not in self.answers:
            answer = self.answer(request)
            if self.dead:
                return
            answer.type = ACK if request.type == CON else NON
            answer.message_id, answer.token = request.message_id, request.token
            self.answers[key] = answer.encode()
            while len(self.answers) > 16:
                del self.answers[next(iter(self.answers))]
        self.put(self.answers[key])

    def answer(self, request):
        if request.code == GET and request.path in INSTANCES:
            if request.number(6) != 0:
                return Message(code("2.05"), payload=tlv([(SENT, 0.5)]), content_format=TLV)
            if self.exchange is not None and self.exchange.path == request.path:
                self.abandon()  # RFC 7641 §4.5.2: superseded by the response
            self.observed[request.path] = request.token
            reported, pairs = self.values(request.path)
            reported.fate = "answered"
            self.fleet.timers.after(0, self.next)
            return Message(code("2.05"), payload=tlv(pairs), content_format=TLV,
                           observe=next(self.sequence))
        if request.code == GET:
            return Message(code("2.05") if request.path == "/3/0/9" else code("4.04"), payload="77"
                           if request.path == "/3/0/9" else "")
        if request.code == POST and request.path == "/3/0/4":
            self.executed.append(request.payload.decode())
            if self.dies and self.random.random() < 0.5:
                self.die()
            return Message(code("2.04"))
        return Message(code("2.04") if request.code == PUT else code("4.05"))


class Fleet(threading.Thread):
    """`size` devices that report `rate` values a second altogether, until quiet()."""

    def __init__(self, server, size, rate, seed):
        super().__init__(daemon=True)
        self.server, self.period = server, size / rate
        self.random = random.Random(seed)
        self.timers = Timers()
        self.network = Network(self.timers, random.Random(seed + 1))
        self.counts, self.errors = Counts(), []
        self._selector = selectors.DefaultSelector()
        self._calls, self._lock = [], threading.Lock()
        self._quiet = self._closed = False
        self.devices = [Device(self, "urn:dev:ops:chaos-%03d" % i, "1.1" if i % 2 else "1.0", i % 4 == 0)
                        for i in range(size)]

    def watch(self, device):
        self._selector.register(device.socket, selectors.EVENT_READ, device)

    def forget(self, device):
        self._selector.unregister(device.socket)
        device.socket.close()

    def call(self, function):
        """Runs it on the fleet's thread."""
        with self._lock:
            self._calls.append(function)

    def run(self):
        try:
            for device in self.devices:
                self.timers.after(self.random.uniform(0, 1.0), device.next)
                self.timers.after(self.random.uniform(1.0, 1.0 + self.period),
                                  lambda device=device: self._tick(device))
            while not self._closed:
                wait = min(self.timers.run(), 0.02)
                for key, _ in self._selector.select(wait):
                    if key.data.socket is key.fileobj:
                        key.data.readable()
                with self._lock:
                    calls, self._calls = self._calls, []
                for function in calls:
                    function()
        except Exception as error:  # a broken device must not look like a silent one
            self.errors.append(repr(error))
            raise

    def _tick(self, device):
        if self._quiet:
            return
        device.tick()
        self.timers.after(self.period * self.random.uniform(0.8, 1.2), lambda: self._tick(device))

    def quiet(self):
        """No new reports; what is under way goes on."""
        self._quiet = True

    def is_idle(self):
        return all(d.location is not None and d.exchange is None and not d.wishes and not d.dead
                   for d in self.devices)

    def close(self):
        self._closed = True
        self.join(5)


class Counts(dict):
    def __missing__(self, key):
        return 0
