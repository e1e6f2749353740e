#!/usr/bin/env python3
"""The CSE of the chaos test: a process of its own, so that it can be killed and stopped.

The resource processing is tests/support/mca_cse.py. What is added here: a server that is fast enough, a
journal from which a new life restores the tree (all of it, none of it, or half), the durable log of accepted
contentInstances, and trouble on request. On standard input comes JSON, one object a line, that replaces the
trouble: probabilities of "reset-before", "reset-after", "error-before", "error-after" and "slow" (by `delay` s).

    cse.py PORT DIRECTORY SEED keep|empty|half
"""

import json
import os
import random
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from mca_cse import CB, CIN, HTTP_STATUS, Cse, Refused, Request, Resource

ERRORS = [(500, 5000), (503, 0), (429, 0), (504, 0), (502, 0)]  # HTTP status, X-M2M-RSC


class Journal:
    """Lines appended with one write each: what a killed process has written stays."""

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, *entry):
        os.write(self._file, json.dumps(entry).encode() + b"\n")


def read_journal(path):
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):  # the last one may be cut
                yield json.loads(line)


class DurableCse(Cse):
    """A Cse that is restored from its journal, and whose accepted contentInstances are in a log."""

    def __init__(self, directory, seed, life):
        self.journal = self.log = None
        super().__init__()
        self.random = random.Random(seed)
        self.trouble = {}
        tree = os.path.join(directory, "tree")
        if life == "empty" and os.path.exists(tree):
            os.remove(tree)
        for entry in read_journal(tree):
            self._replay(*entry)
        self.log = Journal(os.path.join(directory, "accepted"))
        self.log.write("life", life)
        self.journal = Journal(tree)
        if life == "half":
            self._lose_half()

    def _replay(self, what, *entry):
        if what == "create":
            parent, ty, ri, rn, owner, attributes = entry
            above = self._resolve(parent)
            resource = Resource(ty, ri, rn, above, attributes)
            resource.owner = owner
            above.children[rn] = resource
            self.by_ri[ri] = resource
            self._count += 1
        elif what == "update":
            path, attributes = entry
            self._resolve(path).attributes = attributes
        else:
            try:
                self._remove(self._resolve(entry[0]))
            except Refused:
                pass

    def _lose_half(self):
        """Of every level below the CSEBase some resources go, with what is below them."""
        for resource in list(self.base.descendants()):
            if resource.ty != CIN and resource.path.split("/")[-1] not in ("Capp",) \
                    and self.random.random() < 0.12 and resource.ri in self.by_ri:
                self.log.write("lost", resource.path)
                self._remove(resource)

    def _insert(self, ty, parent, attributes, originator):
        if self.log is not None and ty == CIN and attributes.get("rn") in parent.children:
            raise Refused(4105, "%s exists" % attributes["rn"])
        resource = super()._insert(ty, parent, attributes, originator)
        self.journal.write("create", parent.path, ty, resource.ri, resource.rn, resource.owner,
                           resource.attributes)
        if ty == CIN:
            self.log.write("took", resource.path, resource.attributes["con"], time.time())
        return resource

    def _update(self, request, target, content):
        answer = super()._update(request, target, content)
        self.journal.write("update", target.path, target.attributes)
        return answer

    def _remove(self, target):
        if self.journal is not None:
            self.journal.write("remove", target.path)
        super()._remove(target)

    def roll(self, trouble):
        with self._changed:
            return self.random.random() < self.trouble.get(trouble, 0)

    def error(self):
        with self._changed:
            return self.random.choice(ERRORS)


class Connection:
    """One connection of a client; a thread of its own serves it."""

    def __init__(self, cse, connection):
        self.cse, self.socket, self.buffer = cse, connection, b""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self):
        try:
            while self._serve():
                pass
        except OSError:
            pass
        self.socket.close()

    def _read(self):
        """(method, target, headers, body) or None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            octets = self.socket.recv(65536)
            if not octets:
                return None
            self.buffer += octets
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        headers = Headers(line.split(":", 1) for line in lines)
        length = int(headers.get("Content-Length") or 0)
        while len(self.buffer) < length:
            octets = self.socket.recv(65536)
            if not octets:
                return None
            self.buffer += octets
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return method, target, headers, body

    def _serve(self):
        parts = self._read()
        if parts is None:
            return False
        cse, request = self.cse, Request(*parts)
        quiet = "X-Chaos" in request.headers  # the test's own requests
        if not quiet and cse.roll("slow"):
            time.sleep(cse.trouble.get("delay", 1.0))
        if not quiet and cse.roll("reset-before"):
            return self._reset()
        if not quiet and cse.roll("error-before"):
            return self._answer(request, *cse.error(), None)
        rsc, content = cse.serve(request)
        status = HTTP_STATUS.get(rsc, 500)
        if not quiet and cse.roll("reset-after"):
            return self._reset(b"HTTP/1.1 201 Cr" if cse.roll("slow") else b"")
        if not quiet and cse.roll("error-after"):
            (status, rsc), content = cse.error(), None
        created = rsc == 2001 and request.ty == CIN
        self._answer(request, status, rsc, content)
        if created:
            with cse._changed:
                cse.log.write("answered", request.path.strip("/") + "/" + content["m2m:cin"]["rn"])
        return True

    def _reset(self, last_words=b""):
        if last_words:
            self.socket.sendall(last_words)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _answer(self, request, status, rsc, content):
        payload = json.dumps(content).encode() if content is not None else b""
        lines = ["HTTP/1.1 %d -" % status, "X-M2M-RI: " + request.headers.get("X-M2M-RI", ""),
                 "X-M2M-RVI: 3", "Content-Length: %d" % len(payload)]
        if rsc:
            lines.append("X-M2M-RSC: %d" % rsc)
        if payload:
            lines.append("Content-Type: application/json")
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        return True


class Headers(dict):
    """Header names without regard to case."""

    def __init__(self, pairs):
        super().__init__((name.strip().lower(), value.strip()) for name, value in pairs)

    def get(self, name, default=None):
        return super().get(name.lower(), default)

    def __contains__(self, name):
        return super().__contains__(name.lower())


def main():
    port, directory, seed, life = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    cse = DurableCse(directory, seed, life)
    assert cse.base.ty == CB
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    print("ready", flush=True)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=Connection(cse, connection).run, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for line in sys.stdin:  # ends with the test
        cse.trouble = json.loads(line)


if __name__ == "__main__":
    main()
