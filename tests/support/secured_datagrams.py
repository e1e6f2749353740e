"""What DTLS clients share, whichever library does the work: the socket, the waiting and the end.

A client is what coap.Endpoint works on: `Endpoint(server, datagrams=client)`.
"""

import os
import select
import socket
import threading
import time


class HandshakeFailed(Exception):
    """The peer refused, or said nothing."""


class SecuredDatagrams:
    """A UDP socket of one peer with a security context, made when this is constructed.

    Subclasses say how: `_step()` goes on with the handshake and is true when it is done, `_read()` gives
    the next payload or None, `_write(octets)` sends one, `_timer()` is the time in seconds to the next
    retransmission or None, `_on_timer()` does it, `_goodbye()` sends close_notify. They are called with the
    lock held, never wait, and raise HandshakeFailed or, when the context has ended, set `ended`.

    With `handshake=False` only the first flight is sent; step() then does one more each time.
    """

    MTU = 1400
    KIND = socket.SOCK_DGRAM

    def __init__(self, peer, host="127.0.0.1", port=0, patience=20.0, handshake=True):
        self.peer = peer
        self.ended = None  # why nothing comes any more
        self._lock = threading.RLock()
        self._woken, self._waker = os.pipe()
        self.socket = socket.socket(socket.AF_INET, self.KIND)
        try:
            self.socket.bind((host, port))
            self.socket.connect(peer)
            self.socket.setblocking(False)
            self.address = self.socket.getsockname()
            self._open()
            if handshake:
                self.shake_hands(patience)
            else:
                self._step()
        except BaseException:
            self.kill()
            raise

    def shake_hands(self, patience=20.0):
        until = time.monotonic() + patience
        while not self.step():
            left = until - time.monotonic()
            if left <= 0:
                raise HandshakeFailed("no answer within %s s" % patience)
            self._wait(left, ())

    def step(self):
        with self._lock:
            return self._step()

    def _wait(self, longest, others):
        """Until a datagram is there, one of `others` is readable, or a timer has run off."""
        with self._lock:
            timer = self._timer()
        if timer is not None and (longest is None or timer < longest):
            longest = timer
        sockets = [] if self.ended else [self.socket]
        readable, _, _ = select.select(sockets + list(others), [], [], longest)
        if not readable:
            with self._lock:
                self._on_timer()
        return readable

    # ---- What an Endpoint needs ----

    def send(self, octets, peer):
        if peer != self.peer:
            raise ValueError("%r is not the peer of this context" % (peer,))
        with self._lock:
            if self.ended is None:
                self._write(octets)

    def receive(self):
        while True:
            octets = None
            if self.ended is None:
                with self._lock:
                    octets = self._read()
            if octets:
                return octets, self.peer
            if self.ended is not None and self.KIND == socket.SOCK_STREAM:
                return b"", self.peer
            if self._woken in self._wait(None, [self._woken]):
                os.read(self._woken, 1)
                return b"", self.peer

    def wake(self):
        os.write(self._waker, b"w")

    def close(self):
        """Says goodbye, as a device that is shut down does."""
        with self._lock:
            if self.ended is None:
                self._goodbye()
        self.kill()

    def kill(self):
        """Is gone without a word, as a device whose battery was taken out. Its port is free again."""
        with self._lock:
            if self._waker is None:
                return
            self.ended = self.ended or "closed"
            self.socket.close()
            for pipe in (self._woken, self._waker):
                os.close(pipe)
            self._waker = None
