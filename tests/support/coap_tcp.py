"""CoAP over TCP and TLS for tests (RFC 8323): framing, signalling, and what coap.Endpoint offers besides."""

import random
import select
import socket
import threading

from coap import FormatError, Message, NoAnswer

CSM, PING, PONG, RELEASE, ABORT = 0xE1, 0xE2, 0xE3, 0xE4, 0xE5
MAX_MESSAGE_SIZE, BLOCK_WISE_TRANSFER = 2, 4  # options of a CSM


def encode(message):
    """  Len (4) | TKL (4) | Extended Length | Code | Token | Options | Payload      RFC 8323 §3.2"""
    content = message.encode_content()
    length = len(content)
    if length < 13:
        nibble, extended = length, b""
    elif length < 269:
        nibble, extended = 13, (length - 13).to_bytes(1, "big")
    elif length < 65805:
        nibble, extended = 14, (length - 269).to_bytes(2, "big")
    else:
        nibble, extended = 15, (length - 65805).to_bytes(4, "big")
    return (bytes([nibble << 4 | len(message.token)]) + extended + bytes([message.code])
            + message.token + content)


def decode(octets):
    """(message, octets used) of what begins with a message; (None, 0) when there is less than one."""
    if not octets:
        return None, 0
    nibble, token_length = octets[0] >> 4, octets[0] & 0xF
    if token_length > 8:
        raise FormatError("token")
    width, base = {13: (1, 13), 14: (2, 269), 15: (4, 65805)}.get(nibble, (0, nibble))
    length = base + int.from_bytes(octets[1:1 + width], "big")
    begin = 1 + width + 1 + token_length
    if len(octets) < begin + length:
        return None, 0
    message = Message(code=octets[1 + width], token=octets[2 + width:begin])
    message.decode_content(octets[begin:begin + length])
    return message, begin + length


class Stream:
    """A TCP connection, with what dtls.Tls offers as well."""

    def __init__(self, peer, host="127.0.0.1", port=0, accepted=None):
        self.peer = peer
        self.ended = None  # why nothing comes any more
        self.socket = accepted or socket.create_connection(peer, timeout=20,
                                                           source_address=(host, port))
        self.socket.settimeout(None)
        self.address = self.socket.getsockname()
        self._woken, self._waker = socket.socketpair()

    def send(self, octets, peer):
        self.socket.sendall(octets)

    def receive(self):
        readable, _, _ = select.select([self.socket, self._woken], [], [])
        if self._woken in readable:
            return b"", self.peer
        try:
            octets = self.socket.recv(65536)
        except OSError as error:
            octets, self.ended = b"", str(error)
        if not octets:
            self.ended = self.ended or "end of stream"
        return octets, self.peer

    def wake(self):
        self._waker.send(b"w")

    def close(self):
        for one in (self.socket, self._woken, self._waker):
            one.close()

    def kill(self):
        """With a TCP reset instead of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close()


class TcpEndpoint:
    """A connection to `peer` (over `stream`, if given), for lwm2m_device.Device in place of coap.Endpoint.

    Handlers and filters are those of coap.Endpoint. There are no types, message ids, acknowledgements
    and retransmissions: confirm() returns as soon as the message is sent.
    """

    ACK_TIMEOUT = 0.0  # of no meaning here

    def __init__(self, peer=None, stream=None, settings=((MAX_MESSAGE_SIZE, b"\x10\x00\x00"),
                                                         (BLOCK_WISE_TRANSFER, b""))):
        self.stream = stream or Stream(peer)
        self.peer, self.address = self.stream.peer, self.stream.address
        self.on_request = lambda message: None
        self.on_notification = lambda message: False
        self.outgoing = lambda message: True
        self.incoming = lambda message: True
        self.received = []  # every Message, in order
        self.errors = []
        self._changed = threading.Condition()
        self._responses = {}  # token -> response
        self._wanted = set()
        self._closed = False
        if settings is not None:
            self.send(Message(CSM, options=settings))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def ended(self):
        """Why the connection is over, None while it is not."""
        return self.stream.ended

    def close(self, abruptly=False):
        if self._closed:
            return
        self._closed = True
        self.stream.wake()
        self._thread.join(5)
        if abruptly:
            self.stream.kill()
        else:
            self.stream.close()

    def message_id(self):
        return 0

    def send(self, message, peer=None):
        for _ in range(int(self.outgoing(message))):
            self.send_octets(encode(message))

    def send_octets(self, octets, peer=None):
        try:
            self.stream.send(octets, self.peer)
        except OSError:
            pass  # the connection is over; `ended` says so

    def confirm(self, message, attempts=None, peer=None):
        self.send(message)

    def request(self, message, timeout=60.0, attempts=None, peer=None):
        if not message.token:
            message.token = random.randbytes(4)
        with self._changed:
            self._wanted.add(message.token)
        try:
            self.send(message)
            with self._changed:
                self._changed.wait_for(
                    lambda: message.token in self._responses or self.ended, timeout)
                if message.token not in self._responses:
                    raise NoAnswer("%s: %r" % (self.ended or "not answered", message))
                return self._responses.pop(message.token)
        finally:
            with self._changed:
                self._wanted.discard(message.token)
                self._responses.pop(message.token, None)

    def ping(self, timeout=20.0):
        """The Pong. It should have our token (RFC 8323 §5.4); that of libcoap 4.3.1 has none."""
        token = random.randbytes(4)
        self.send(Message(PING, token=token))

        def pong():
            return next((m for m in self.received if m.code == PONG and m.token in (token, b"")),
                        None)
        answer = self.wait(pong, timeout)
        if answer is None:
            raise NoAnswer("no Pong")
        return answer

    def release(self):
        self.send(Message(RELEASE))

    def wait(self, predicate, timeout=30.0):
        """Waits until `predicate()` is true; looked at after each message and at the end."""
        with self._changed:
            return self._changed.wait_for(predicate, timeout)

    def changed(self):
        with self._changed:
            self._changed.notify_all()

    def _read(self):
        buffer = b""
        while not self._closed and self.ended is None:
            octets, _ = self.stream.receive()
            buffer += octets
            try:
                message, used = decode(buffer)
                while message is not None:
                    buffer = buffer[used:]
                    for _ in range(int(self.incoming(message))):
                        self._take(message)
                    message, used = decode(buffer)
            except Exception as error:  # a broken handler must not look like a silent device
                self.errors.append(error)
                buffer = b""
            self.changed()

    def _take(self, message):
        with self._changed:
            self.received.append(message)
        if message.code == PING:
            self.send(Message(PONG, token=message.token))
        elif message.is_request:
            answer = self.on_request(message)
            if answer is not None:
                answer.token = message.token
                self.send(answer)
        elif message.code and message.code < CSM:
            with self._changed:
                known = message.token in self._wanted
                if known:
                    self._responses[message.token] = message
            if not known:
                self.on_notification(message)
