"""A LwM2M device that is given its accounts by a Bootstrap-Server.

Written from LwM2M 1.0.2 §5.2 and 1.1.1 §6.1; TLV and SenML by the codecs of this folder.
"""

import senml
from coap import (ACCEPT, DELETE, GET, POST, PUT, Endpoint, Message, code)
from lwm2m_device import INSTANCE, LINK, MULTIPLE, TLV, read_tlv, value_of_tlv

# A value of the type of each resource that the tests look at; others stay octets.
LIKE = {(0, 0): "", (0, 1): False, (0, 2): 0, (0, 10): 0, (1, 0): 0, (1, 1): 0, (1, 2): 0,
        (1, 6): False, (1, 7): "", (2, 0): 0, (2, 1): 0, (2, 2): 0, (2, 3): 0, (3, 14): ""}
METHODS = {GET: "GET", POST: "POST", PUT: "PUT", DELETE: "DELETE"}


class BootstrapClient:
    """`objects[0][bootstrap_instance]` is the account of the Bootstrap-Server and survives everything.

    `formats` are understood, others answered 4.15. `override["PUT /0/1"]` is a code to answer with, or a
    list of them: one each time, then what is right.
    """

    def __init__(self, server, name, version="1.1", pct=None, formats=(TLV, senml.SENML_CBOR),
                 bootstrap_instance=0, discover=True, coap=None):
        self.name, self.version, self.pct, self.formats = name, version, pct, formats
        self.bootstrap_instance, self.discover = bootstrap_instance, discover
        self.objects = {0: {bootstrap_instance: {0: "coap://bootstrap", 1: True}},
                        1: {}, 2: {}, 3: {0: {}}}
        self.override = {}
        self.commands = []  # "DELETE /0", "PUT /0/1", …
        self.written_formats = []
        self.finished = 0
        self.coap = coap or Endpoint(server)
        self.coap.on_request = self.serve

    def close(self):
        self.coap.close()
        if self.coap.errors:
            raise AssertionError("client %s: %r" % (self.name, self.coap.errors))

    # ---- What it asks for ----

    def query(self):
        pct = [] if self.pct is None else ["pct=%d" % self.pct]
        return ["ep=" + self.name] + pct

    def request(self, query=None):
        """Sends a Bootstrap-Request; returns the answer."""
        return self.coap.request(Message(POST, path="/bs",
                                         query=self.query() if query is None else query))

    def bootstrap(self, timeout=60.0):
        """A bootstrap to its end; returns the answer to the request."""
        before = self.finished
        answer = self.request()
        if answer.code == code("2.04"):
            self.wait_finished(before + 1, timeout)
        return answer

    def wait_finished(self, times=1, timeout=60.0):
        if not self.coap.wait(lambda: self.finished >= times, timeout):
            raise AssertionError("no Finish; commands so far: %s" % self.commands)

    def pack(self, accept=None):
        """Asks for a Bootstrap-Pack; (code, {path: value})."""
        answer = self.coap.request(Message(GET, path="/bspack", query=["ep=" + self.name],
                                           accept=accept))
        values = {}
        if answer.code == code("2.05"):
            values = dict(senml.decode(answer.payload, answer.content_format))
        return answer, values

    # ---- What it was given ----

    def accounts(self):
        """{Short Server ID: (resources of object 0, resources of object 1)}"""
        servers = {resources[0]: resources for resources in self.objects[1].values()}
        return {resources[10]: (resources, servers.get(resources[10]))
                for resources in self.objects[0].values() if not resources[1]}

    def is_consistent(self):
        accounts = self.accounts()
        return bool(accounts) and all(server is not None for _, server in accounts.values())

    # ---- Serving ----

    def serve(self, request):
        text = "%s %s" % (METHODS.get(request.code), request.path)
        self.commands.append(text)
        wanted = self.override.get(text)
        if isinstance(wanted, list):
            wanted = wanted.pop(0) if wanted else None
        if wanted is not None:
            return Message(code(wanted))
        if text == "POST /bs":
            if not self.is_consistent():
                return Message(code("4.06"))
            self.finished += 1
            return Message(code("2.04"))
        try:
            parts = [int(part) for part in request.path.strip("/").split("/") if part]
        except ValueError:
            return Message(code("4.04"))
        if request.code == GET:
            return self._get(request, parts)
        if request.code == DELETE:
            return self._delete(parts)
        if request.code == PUT:
            return self._write(request, parts)
        return Message(code("4.05"))

    def _get(self, request, parts):
        if request.number(ACCEPT) == LINK and self.discover and len(parts) < 2:
            return Message(code("2.05"), payload=self._links(parts), content_format=LINK)
        if parts[:1] not in ([1], [2]):
            return Message(code("4.05"))
        values = [("/%d/%d/%d" % (parts[0], i, r), value)
                  for i, resources in self.objects[parts[0]].items() if parts[1:] in ([], [i])
                  for r, value in resources.items()]
        return Message(code("2.05"), payload=senml.encode(values, senml.SENML_CBOR),
                       content_format=senml.SENML_CBOR)

    def _links(self, parts):
        links = ['lwm2m="1.0"' if self.version == "1.0" else "</>;lwm2m=" + self.version]
        for o in self.objects if not parts else parts:
            links += [] if self.objects[o] else ["</%d>" % o]
            for i, resources in self.objects[o].items():
                ssid = resources.get({0: 10, 1: 0}.get(o))
                links.append("</%d/%d>" % (o, i) + (";ssid=%d" % ssid if ssid else ""))
        return ",".join(links)

    def _delete(self, parts):
        for o in self.objects if not parts else parts[:1]:
            if o == 3:
                continue
            for i in list(self.objects.get(o, {})):
                if parts[1:] in ([], [i]) and (o, i) != (0, self.bootstrap_instance):
                    del self.objects[o][i]
        return Message(code("2.02"))

    def _write(self, request, parts):
        if request.content_format not in self.formats:
            return Message(code("4.15"))
        self.written_formats.append(request.content_format)
        if len(parts) < 2:
            return Message(code("4.05"))
        values = {}
        if request.content_format == TLV:
            for kind, r, value in read_tlv(request.payload):
                like = LIKE.get((parts[0], r), b"")
                if kind == INSTANCE:
                    return Message(code("4.00"))
                values[r] = ({i: value_of_tlv(v, like) for _, i, v in value} if kind == MULTIPLE
                             else value_of_tlv(value, like))
        else:
            for path, value in senml.decode(request.payload, request.content_format):
                ids = [int(part) for part in path.strip("/").split("/")]
                if ids[:2] != parts[:2]:
                    return Message(code("4.00"))
                if len(ids) == 4:
                    values.setdefault(ids[2], {})[ids[3]] = value
                else:
                    values[ids[2]] = value
        instance = self.objects.setdefault(parts[0], {}).setdefault(parts[1], {})
        if len(parts) == 2:
            instance.clear()
        instance.update(values)
        return Message(code("2.04"))
