"""A oneM2M application for tests: requests over Mca (HTTP) and a listener for notifications."""

import http.client
import itertools
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A <mgmtObj> (13) and a <flexContainer> (28) have the root of their specialisation.
ROOTS = {1: "m2m:acp", 2: "m2m:ae", 3: "m2m:cnt", 4: "m2m:cin", 14: "m2m:nod", 23: "m2m:sub",
         24: "m2m:smd", 29: "m2m:ts", 30: "m2m:tsi"}


class Refused(Exception):
    def __init__(self, rsc, text):
        super().__init__("%s: %s" % (rsc, text))
        self.rsc = rsc


class Application:
    """An AE with its originator. Addresses are structured, below the CSEBase ("imei-1/3/0")."""

    _identifiers = itertools.count(1)

    def __init__(self, url, base, originator):
        self.url, self.base, self.originator = url, base, originator
        self._answers = 0

    def request(self, method, address, body=None, ty=None, query=()):
        """(rsc, content); raises OSError when there is no answer."""
        parts = urllib.parse.urlsplit(self.url)
        target = "/" + self.base + ("/" + address if address else "")
        if query:
            target += "?" + urllib.parse.urlencode(query)
        headers = {"X-M2M-Origin": self.originator, "X-M2M-RVI": "3",
                   "X-M2M-RI": "app-%d" % next(self._identifiers)}
        if body is not None:
            body = body if isinstance(body, (bytes, str)) else json.dumps(body)
            headers["Content-Type"] = "application/json" + (";ty=%d" % ty if ty else "")
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        try:
            connection.request(method, target, body, headers)
            response = connection.getresponse()
            text = response.read()
            return int(response.headers["X-M2M-RSC"]), json.loads(text) if text else None
        finally:
            connection.close()

    def _expect(self, wanted, answer):
        rsc, content = answer
        if rsc != wanted:
            raise Refused(rsc, content)
        return next(iter(content.values())) if content else None

    def create(self, address, ty, root=None, **attributes):
        return self._expect(2001, self.request("POST", address, {root or ROOTS[ty]: attributes}, ty))

    def retrieve(self, address, **query):
        return self._expect(2000, self.request("GET", address, query=query))

    def update(self, address, ty, root=None, **attributes):
        return self._expect(2004, self.request("PUT", address, {root or ROOTS[ty]: attributes}))

    def delete(self, address):
        self._expect(2002, self.request("DELETE", address))

    def register(self, name="app"):
        return self.create("", 2, rn=name, api="Ntest", rr=True, srv=["2a", "3", "4"])

    def discover(self, address="", **query):
        return self._expect(2000, self.request("GET", address, query=dict(query, fu=1)))

    def write(self, address, content, **attributes):
        """A contentInstance."""
        return self.create(address, 4, con=content, **attributes)

    def subscribe(self, address, listener, net=(3,)):
        return self.create(address, 23, nu=[listener.url], enc={"net": list(net)}, nct=1)


class Listener:
    """Receives notifications. `contents()`: what the contentInstances in them held."""

    def __init__(self):
        self._changed = threading.Condition()
        self.notifications = []
        listener = self

        class Receiver(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *unused):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with listener._changed:
                    listener.notifications.append(body)
                    listener._changed.notify_all()
                self.send_response(200)
                self.send_header("X-M2M-RSC", "2000")
                self.send_header("X-M2M-RI", self.headers["X-M2M-RI"])
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self._server.daemon_threads = True
        self.url = "http://127.0.0.1:%d/notify" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._server.shutdown()
        self._server.server_close()

    def contents(self):
        with self._changed:
            events = [n["m2m:sgn"].get("nev", {}).get("rep", {}) for n in self.notifications]
        return [event["m2m:cin"]["con"] for event in events if "m2m:cin" in event]

    def wait(self, predicate, timeout=30.0):
        with self._changed:
            return self._changed.wait_for(predicate, timeout)
