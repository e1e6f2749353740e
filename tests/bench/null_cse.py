#!/usr/bin/env python3
"""A CSE that keeps no tree: every Create, Update and Delete succeeds, every Retrieve finds what was asked for.

    null_cse.py [PORT]

It takes some thousand requests a second on one core, so that it is the program that is measured and not its CSE. On
standard output: the port; then, at each line on standard input, one line of JSON: how many requests of each
method came since the last, and how many in the busiest second.
"""

import asyncio
import json
import sys
import threading
import time
import urllib.parse

CREATED, OK, DELETED, UPDATED, NOT_FOUND = (201, 2001), (200, 2000), (200, 2002), (200, 2004), (404, 4004)
NAMES = {"2": "m2m:ae", "3": "m2m:cnt", "4": "m2m:cin", "14": "m2m:nod", "23": "m2m:sub", "1": "m2m:acp"}


def found(path):
    """What is there: a <CSEBase>, an <AE> below it, containers below that."""
    last = path[-1] if path else ""
    common = {"ri": "-".join(path) or "cb", "rn": last, "pi": "parent", "ct": "20260101T000000", "lt": "20260101T000000",
              "lbl": []}
    if len(path) == 1:
        return "m2m:cb", dict(common, ty=5, csi="/id-in", srt=[1, 2, 3, 4, 5, 14, 23], srv=["3"])
    if last.endswith("-node"):
        return "m2m:nod", dict(common, ty=14, ni=last[:-5])
    if len(path) == 2:
        return "m2m:ae", dict(common, ty=2, aei="C" + last, api="Nipe", rr=True, srv=["3"])
    return "m2m:cnt", dict(common, ty=3, cni=0, cbs=0, st=0)


class Counts:
    def __init__(self):
        self._lock = threading.Lock()
        self.take()

    def add(self, method):
        with self._lock:
            self._methods[method] = self._methods.get(method, 0) + 1
            second = int(time.monotonic())
            self._seconds[second] = self._seconds.get(second, 0) + 1

    def take(self):
        with self._lock if hasattr(self, "_methods") else threading.Lock():
            taken = {"methods": self._methods, "busiest second": max(self._seconds.values(), default=0)} \
                if hasattr(self, "_methods") else None
            self._methods, self._seconds = {}, {}
        return taken


class Connection(asyncio.Protocol):
    def __init__(self, counts):
        self._counts, self._buffer = counts, b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, rest = self._buffer.split(b"\r\n\r\n", 1)
            first, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            body, self._buffer = rest[:length], rest[length:]
            self._answer(first.split(" "), headers, body)

    def _answer(self, first, headers, body):
        method, target = first[:2]
        self._counts.add(method)
        path, _, query = target.partition("?")
        path = [urllib.parse.unquote(part) for part in path.split("/") if part not in ("", "~", "_")]
        content = None
        if method == "POST":
            (status, rsc), content = CREATED, self._created(path, headers, body)
        elif method == "PUT":
            status, rsc = UPDATED
        elif method == "DELETE":
            status, rsc = DELETED
        elif path and path[-1] in ("la", "latest"):
            status, rsc = NOT_FOUND
        else:
            (status, rsc), content = OK, {"m2m:uril": []} if "fu=1" in query else dict([found(path)])
        octets = json.dumps(content).encode() if content is not None else b""
        self._transport.write(
            b"HTTP/1.1 %d -\r\nX-M2M-RSC: %d\r\nX-M2M-RI: %s\r\nX-M2M-RVI: 3\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (status, rsc, headers.get("x-m2m-ri", "").encode(), len(octets), octets))

    @staticmethod
    def _created(path, headers, body):
        kind = headers.get("content-type", "").rpartition("ty=")[2]
        (name, content), = json.loads(body).items()
        content["ri"] = "-".join(path + [content.get("rn", "new")])
        if kind == "2":
            content["aei"] = headers.get("x-m2m-origin", "")
        return {NAMES.get(kind, name): content}


async def serve(port, counts):
    server = await asyncio.get_running_loop().create_server(lambda: Connection(counts), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main():
    counts = Counts()

    def report():
        for _ in sys.stdin:
            print(json.dumps(counts.take()), flush=True)

    threading.Thread(target=report, daemon=True).start()
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0, counts))


if __name__ == "__main__":
    main()
