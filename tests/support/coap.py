"""CoAP over UDP for tests: message codec and a message layer with retransmission.

Written from RFC 7252, RFC 7641 and RFC 7959 with nothing but the standard library, so that it shares no
mistake with the program under test.
"""

import random
import socket
import struct
import threading
import time

CON, NON, ACK, RST = range(4)

GET, POST, PUT, DELETE, FETCH, PATCH, IPATCH = range(1, 8)

URI_HOST, ETAG, OBSERVE, URI_PORT, LOCATION_PATH, URI_PATH = 3, 4, 6, 7, 8, 11
CONTENT_FORMAT, URI_QUERY, ACCEPT, BLOCK2, BLOCK1, SIZE2, SIZE1 = 12, 15, 17, 23, 27, 28, 60


def code(text):
    """"4.04" as the octet of the header."""
    upper, lower = text.split(".")
    return int(upper) << 5 | int(lower)


def code_text(octet):
    return "%d.%02d" % (octet >> 5, octet & 0x1F)


class FormatError(ValueError):
    """The octets are no CoAP message."""


class NoAnswer(Exception):
    """A confirmable message was never acknowledged, or a request never answered."""


class Reset(Exception):
    """The peer answered with Reset."""


def uint(value):
    """A number option, in as few octets as possible (RFC 7252 §3.2)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def block(number, more, size):
    """The value of a Block option (RFC 7959 §2.2); `size` is a power of two from 16 to 1024."""
    return uint(number << 4 | (8 if more else 0) | size.bit_length() - 5)


class Message:
    def __init__(self, code=0, type=CON, message_id=0, token=b"", payload=b"", path=None,
                 query=(), content_format=None, accept=None, observe=None, options=()):
        self.type, self.code, self.message_id, self.token = type, code, message_id, token
        self.payload = payload.encode() if isinstance(payload, str) else payload
        self.options = list(options)
        for segment in (path or "").strip("/").split("/"):
            if segment:
                self.options.append((URI_PATH, segment.encode()))
        for item in query:
            self.options.append((URI_QUERY, item.encode()))
        for number, value in ((CONTENT_FORMAT, content_format), (ACCEPT, accept),
                              (OBSERVE, observe)):
            if value is not None:
                self.options.append((number, uint(value)))

    def all(self, number):
        return [value for n, value in self.options if n == number]

    def number(self, number):
        found = self.all(number)
        return int.from_bytes(found[0], "big") if found else None

    def block(self, number):
        """(number, more, size) of the option BLOCK1 or BLOCK2, or None."""
        found = self.number(number)
        return None if found is None else (found >> 4, bool(found & 8), 16 << (found & 7))

    def copy(self):
        """The same message with options of its own."""
        twin = Message(self.code, self.type, self.message_id, self.token, self.payload)
        twin.options = list(self.options)
        return twin

    @property
    def path(self):
        return "/" + "/".join(v.decode() for v in self.all(URI_PATH))

    @property
    def query(self):
        return [v.decode() for v in self.all(URI_QUERY)]

    @property
    def location(self):
        return "/" + "/".join(v.decode() for v in self.all(LOCATION_PATH))

    @property
    def content_format(self):
        return self.number(CONTENT_FORMAT)

    @property
    def is_request(self):
        return 1 <= self.code < 32

    def __repr__(self):
        what = code_text(self.code) if self.code == 0 or self.code >= 32 else "method %d" % self.code
        return "<%s %s mid=%d token=%s %s %r>" % (
            ("CON", "NON", "ACK", "RST")[self.type], what, self.message_id, self.token.hex(),
            self.path, self.payload[:60])

    def encode(self):
        if len(self.token) > 8:
            raise FormatError("token of %d octets" % len(self.token))
        return struct.pack("!BBH", 0x40 | self.type << 4 | len(self.token), self.code,
                           self.message_id) + self.token + self.encode_content()

    def encode_content(self):
        """Options and payload."""
        out = bytearray()
        previous = 0
        # Sorting is stable, so repeated options keep their order.
        for number, value in sorted(self.options, key=lambda option: option[0]):
            delta, length = number - previous, len(value)
            out.append(_nibble(delta) << 4 | _nibble(length))
            out += _extension(delta) + _extension(length) + value
            previous = number
        if self.payload:
            out += b"\xff" + self.payload
        return bytes(out)

    @classmethod
    def decode(cls, octets):
        if len(octets) < 4 or octets[0] >> 6 != 1:
            raise FormatError("header")
        message = cls(code=octets[1], type=octets[0] >> 4 & 3,
                      message_id=struct.unpack("!H", octets[2:4])[0])
        token_length = octets[0] & 0xF
        if token_length > 8 or len(octets) < 4 + token_length:
            raise FormatError("token")
        message.token = octets[4:4 + token_length]
        message.decode_content(octets[4 + token_length:])
        return message

    def decode_content(self, octets):
        at = number = 0
        while at < len(octets) and octets[at] != 0xFF:
            head = octets[at]
            delta, at = _read_extension(octets, at + 1, head >> 4)
            length, at = _read_extension(octets, at, head & 0xF)
            if at + length > len(octets):
                raise FormatError("option length")
            number += delta
            self.options.append((number, octets[at:at + length]))
            at += length
        if at < len(octets):
            self.payload = octets[at + 1:]
            if not self.payload:
                raise FormatError("payload marker without payload")


def _nibble(value):
    return value if value < 13 else 13 if value < 269 else 14


def _extension(value):
    if value < 13:
        return b""
    return bytes([value - 13]) if value < 269 else struct.pack("!H", value - 269)


def _read_extension(octets, at, nibble):
    width = {13: 1, 14: 2}.get(nibble, 0)
    if nibble == 15 or at + width > len(octets):
        raise FormatError("option")
    if not width:
        return nibble, at
    base = 13 if width == 1 else 269
    return base + int.from_bytes(octets[at:at + width], "big"), at + width


class Datagrams:
    """A UDP socket, and what anything must offer that an Endpoint shall work on."""

    def __init__(self, host="127.0.0.1", port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.address = self.socket.getsockname()

    def send(self, octets, peer):
        """May raise OSError: like any lost datagram."""
        self.socket.sendto(octets, peer)

    def receive(self):
        """Waits for a datagram: (octets, peer), without octets when there may be nothing more."""
        return self.socket.recvfrom(65536)

    def wake(self):
        """Ends a wait in receive(), from another thread."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.address)

    def close(self):
        self.socket.close()

    kill = close  # for what says goodbye when it is closed


class Endpoint:
    """RFC 7252's message layer on datagrams, and a thread that reads them.

    `on_request(message)` gives the answer (a Message, of which type, message id and token are set
    here) or None to stay silent. `on_notification(message)` gets responses that answer no request of
    ours and says whether they are wanted. `outgoing` and `incoming` are filters for faults: called with
    each Message, they say how often it passes: False drops it, 2 doubles it.
    """

    ACK_TIMEOUT, MAX_RETRANSMIT = 2.0, 4

    def __init__(self, peer=None, host="127.0.0.1", port=0, datagrams=None):
        self.peer = peer
        self.datagrams = datagrams or Datagrams(host, port)
        self.address = self.datagrams.address
        self.on_request = lambda message: None
        self.on_notification = lambda message: False
        self.outgoing = lambda message: True
        self.incoming = lambda message: True
        self.received = []  # every Message, in order
        self.heard_at = time.monotonic()  # when the last one came
        self.errors = []  # what went wrong in a handler: a test fails on it
        self._changed = threading.Condition()
        self._next_id = random.randrange(1 << 16)
        self._answers = {}  # (peer, message id) -> octets: duplicates get the same answer
        self._acknowledged = {}  # message id -> the ACK or RST
        self._responses = {}  # token -> response
        self._wanted = set()  # tokens of open requests
        self._closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self, abruptly=False):
        """`abruptly`: without a last word to the peer, where the datagrams have one."""
        if self._closed:
            return
        self._closed = True
        self.datagrams.wake()
        self._thread.join(5)
        if abruptly:
            self.datagrams.kill()
        else:
            self.datagrams.close()

    def message_id(self):
        with self._changed:
            self._next_id = (self._next_id + 1) & 0xFFFF
            return self._next_id

    def send(self, message, peer=None):
        for _ in range(int(self.outgoing(message))):
            self.send_octets(message.encode(), peer)

    def send_octets(self, octets, peer=None):
        try:
            self.datagrams.send(octets, peer or self.peer)
        except OSError:
            pass  # nobody listens: like any lost datagram

    def confirm(self, message, attempts=None, peer=None):
        """Sends a CON until it is acknowledged; returns the ACK, raises Reset or NoAnswer."""
        if not message.message_id:
            message.message_id = self.message_id()
        timeout = self.ACK_TIMEOUT
        for _ in range((self.MAX_RETRANSMIT if attempts is None else attempts - 1) + 1):
            self.send(message, peer)
            with self._changed:
                self._changed.wait_for(
                    lambda: message.message_id in self._acknowledged
                    or message.token in self._responses and message.token in self._wanted, timeout)
                answer = self._acknowledged.pop(message.message_id, None)
                if answer is not None and answer.type == RST:
                    raise Reset(repr(message))
                if answer is not None or message.token in self._wanted & self._responses.keys():
                    return answer
            timeout *= 2
        raise NoAnswer(repr(message))

    def request(self, message, timeout=60.0, attempts=None, peer=None):
        """Sends a CON request and returns its response, piggybacked or separate."""
        if not message.token:
            message.token = random.randbytes(4)
        with self._changed:
            self._wanted.add(message.token)
        try:
            self.confirm(message, attempts, peer)
            with self._changed:
                if not self._changed.wait_for(lambda: message.token in self._responses, timeout):
                    raise NoAnswer("acknowledged, but not answered: %r" % message)
                return self._responses.pop(message.token)
        finally:
            with self._changed:
                self._wanted.discard(message.token)
                self._responses.pop(message.token, None)

    def wait(self, predicate, timeout=30.0):
        """Waits until `predicate()` is true; looked at after each datagram. Returns its value."""
        with self._changed:
            return self._changed.wait_for(predicate, timeout)

    def changed(self):
        """Makes wait() look again."""
        with self._changed:
            self._changed.notify_all()

    def _read(self):
        while not self._closed:
            try:
                octets, peer = self.datagrams.receive()
            except OSError:
                continue
            if not octets:
                continue
            try:
                message = Message.decode(octets)
                for _ in range(int(self.incoming(message))):
                    self.take(message, peer)
            except Exception as error:  # a broken handler must not look like a silent device
                self.errors.append(error)
            self.changed()

    def take(self, message, peer=None):
        """What is done with a message that came in; a filter may put one off and give it later."""
        peer = peer or self.peer
        with self._changed:
            self.received.append(message)
            self.heard_at = time.monotonic()
        if message.type in (ACK, RST):
            with self._changed:
                self._acknowledged[message.message_id] = message
                if message.type == ACK and message.code:
                    self._responses[message.token] = message
        elif message.is_request:
            self._serve(message, peer)
        elif message.code == 0:
            self.send(Message(type=RST, message_id=message.message_id), peer)
        else:
            with self._changed:
                known = message.token in self._wanted
                if known:
                    self._responses[message.token] = message
            known = known or self.on_notification(message)
            if message.type == CON:
                self.send(Message(type=ACK if known else RST, message_id=message.message_id), peer)

    def _serve(self, message, peer):
        key = (peer, message.message_id)
        if key in self._answers:
            if message.type == CON and self._answers[key] is not None:
                self.send(self._answers[key], peer)
            return
        answer = self.on_request(message)
        if answer is not None:
            answer.token = message.token
            answer.type = ACK if message.type == CON else NON
            answer.message_id = (message.message_id if message.type == CON
                                 else self.message_id())
            self.send(answer, peer)
        self._answers[key] = answer
