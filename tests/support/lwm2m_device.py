"""A LwM2M device for tests that does what a test tells it to.

Written from LwM2M 1.0.2 (clauses 5.3 registration, 5.4 device management, 5.5 reporting, 6.4.3 TLV),
with its own TLV codec. It registers, serves requests and notifies when asked; it keeps no timers, so a
test decides when something happens.
"""

import hashlib
import itertools
import struct

import senml
from coap import (ACCEPT, BLOCK1, BLOCK2, CON, DELETE, ETAG, FETCH, GET, IPATCH, NON, OBSERVE, POST,
                  PUT, SIZE1, Endpoint, LOCATION_PATH, Message, block, code, uint)

TEXT, LINK, OPAQUE, TLV, JSON = 0, 40, 42, 11542, 11543


# ---- TLV (LwM2M 1.0.2 §6.4.3) ----

INSTANCE, RESOURCE_INSTANCE, MULTIPLE, RESOURCE = range(4)


def tlv(kind, identifier, value):
    wide = identifier > 255
    length = len(value)
    if length < 8:
        head, size = length, b""
    else:
        width = 1 if length < 1 << 8 else 2 if length < 1 << 16 else 3
        head, size = width << 3, length.to_bytes(width, "big")
    first = kind << 6 | (0x20 if wide else 0) | head
    return bytes([first]) + identifier.to_bytes(2 if wide else 1, "big") + size + value


def read_tlv(octets):
    """[(kind, identifier, value)] where values of instances and multiples are such lists again."""
    entries = []
    at = 0
    while at < len(octets):
        head = octets[at]
        id_width, length_width = (2 if head & 0x20 else 1), head >> 3 & 3
        identifier = int.from_bytes(octets[at + 1:at + 1 + id_width], "big")
        at += 1 + id_width
        length = int.from_bytes(octets[at:at + length_width], "big") if length_width else head & 7
        at += length_width
        value = octets[at:at + length]
        if len(value) != length:
            raise ValueError("TLV length exceeds payload")
        at += length
        kind = head >> 6
        entries.append((kind, identifier,
                        read_tlv(value) if kind in (INSTANCE, MULTIPLE) else value))
    return entries


def tlv_value(value):
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        for width in (1, 2, 4, 8):
            if -1 << width * 8 - 1 <= value < 1 << width * 8 - 1:
                return value.to_bytes(width, "big", signed=True)
    if isinstance(value, float):
        return struct.pack("!d", value)
    return value.encode() if isinstance(value, str) else value


def value_of_tlv(octets, like):
    """The value in the Python type that the resource has now."""
    if isinstance(like, bool):
        return octets != b"\x00"
    if isinstance(like, int):
        return int.from_bytes(octets, "big", signed=True)
    if isinstance(like, float):
        return struct.unpack("!f" if len(octets) == 4 else "!d", octets)[0]
    return octets.decode() if isinstance(like, str) else octets


def text_of(value):
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else repr(value)


def value_of_text(text, like):
    if isinstance(like, bool):
        return {"0": False, "1": True}[text]
    return type(like)(text)


class Resource:
    """`value` is a Python value, or a dict by resource instance. `operations`: letters of RWE."""

    def __init__(self, value, operations="R"):
        self.value, self.operations = value, operations


def example_objects():
    return {
        1: {0: {0: Resource(1), 1: Resource(300, "RW"), 6: Resource(False, "RW"),
                7: Resource("U", "R"), 8: Resource(None, "E")}},
        3: {0: {0: Resource("Test Works"), 1: Resource("Model T"), 2: Resource("SN-1"),
                3: Resource("1.0"), 4: Resource(None, "E"), 6: Resource({0: 1, 1: 5}),
                9: Resource(95), 11: Resource({0: 0}), 13: Resource(1700000000, "RW"),
                14: Resource("+00:00", "RW"), 15: Resource("Etc/UTC", "RW"),
                16: Resource("U")}},
        3303: {0: {5601: Resource(19.5), 5602: Resource(23.5), 5605: Resource(None, "E"),
                   5700: Resource(21.5), 5701: Resource("Cel")}},
    }


class Device:
    """One endpoint of a test. `override[(method, path)]` is a code like "5.00", a Message, a function of
    the request, or None for silence; it goes before what the device would do by itself.

    `formats` are announced as ct; of SenML it speaks what stands there, and composite operations in it.
    What a list of paths observes is known as these paths with blanks between: "/3/0/9 /3303/0".
    `queue_mode` puts Q where the version has it. `coap` is an endpoint to use instead of plain UDP.
    Payloads above `block_size` go block-wise, and larger blocks are asked to become as small.
    """

    def __init__(self, server, name, lifetime=300, version="1.0", binding="U", objects=None,
                 queue_mode=False, block_size=1024, coap=None, formats=()):
        self.name, self.lifetime, self.version, self.binding = name, lifetime, version, binding
        self.queue_mode, self.block_size, self.formats = queue_mode, block_size, formats
        self.objects = example_objects() if objects is None else objects
        self.etag = lambda payload: hashlib.sha256(payload).digest()[:4]  # b"": none is sent
        self.largest_write = 1 << 20
        self.coap = None
        self.move(coap or Endpoint(server))
        self.location = None
        self.override = {}
        self.observations = {}  # path -> token
        self.attributes = {}  # path -> {"pmin": "10"}
        self.executed = []  # (path, arguments)
        self.written = []  # (path, value)
        self._sequence = itertools.count(1)
        self._upload = None  # (path, octets) of a Block1 transfer

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        self.coap.close()
        if self.coap.errors:
            raise AssertionError("device %s: %r" % (self.name, self.coap.errors))

    def move(self, coap=None):
        """Goes on with another address (of plain UDP when none is given); nobody is told."""
        before, self.coap = self.coap, coap or Endpoint(self.coap.peer)
        self.coap.on_request = self.serve
        if before is not None:
            before.close()
            self.coap.ACK_TIMEOUT = before.ACK_TIMEOUT
            self.coap.errors += before.errors

    # ---- Registration ----

    def links(self):
        instances = ["</%d/%d>" % (o, i) for o in sorted(self.objects) for i in self.objects[o]]
        empty = ["</%d>" % o for o in sorted(self.objects) if not self.objects[o]]
        formats = ['</>;ct="%s"' % " ".join(str(f) for f in self.formats)] if self.formats else []
        return ",".join(formats + instances + empty)

    def registration(self, links=None):
        queue_in_binding = self.queue_mode and self.version == "1.0"
        query = ["ep=" + self.name, "lt=%d" % self.lifetime, "lwm2m=" + self.version,
                 "b=" + self.binding + ("Q" if queue_in_binding else "")]
        if self.queue_mode and not queue_in_binding:
            query.append("Q")
        return Message(POST, path="/rd", query=query, content_format=LINK,
                       payload=self.links() if links is None else links)

    def register(self, links=None, timeout=60.0, attempts=None, block_size=None):
        """Returns the response, whatever its code."""
        # Before, not after: an Observe may arrive on the heels of the answer.
        self.observations.clear()
        message = self.registration(links)
        if block_size is None:
            answer = self.coap.request(message, timeout, attempts)
        else:
            answer = self.upload(message, block_size)
        if answer.code == code("2.01"):
            self.location = answer.location
        return answer

    def upload(self, message, size, timeout=60.0):
        """Sends the payload in Block1 blocks, in smaller ones when asked to; returns the last answer."""
        octets, at = message.payload, 0
        while True:
            part = message.copy()
            part.payload, more = octets[at:at + size], at + size < len(octets)
            part.options.append((BLOCK1, block(at // size, more, size)))
            if at == 0:
                part.options.append((SIZE1, uint(len(octets))))
            answer = self.coap.request(part, timeout)
            if answer.code != code("2.31") or not more:
                return answer
            at += size
            size = min(size, answer.block(BLOCK1)[2])

    def update(self, query=(), links=None, timeout=60.0):
        content = {} if links is None else {"content_format": LINK, "payload": links}
        return self.coap.request(Message(POST, path=self.location, query=query, **content), timeout)

    def deregister(self, timeout=60.0):
        return self.coap.request(Message(DELETE, path=self.location), timeout)

    # ---- What the device measures ----

    def set(self, path, value):
        self._resource(path).value = value

    def get(self, path):
        return self._resource(path).value

    def notify(self, path, confirmable=True, payload=None, content_format=None, message_id=0,
               attempts=None, sequence=None):
        """Sends the present value of an observed path, or the payload given.

        A confirmable one returns when it is acknowledged. `sequence` is the number in the Observe
        option, by itself counted up. Returns the message.
        """
        if payload is None:
            payload, content_format = self._read(path, None)
        message = Message(code("2.05"), CON if confirmable else NON, message_id,
                          self.observations[path], payload, content_format=content_format,
                          observe=next(self._sequence) if sequence is None else sequence)
        self._cut(None, message)
        if confirmable:
            self.coap.confirm(message, attempts)
        else:
            message.message_id = self.coap.message_id()
            self.coap.send(message)
        return message

    def wait_observed(self, path, timeout=30.0):
        if not self.coap.wait(lambda: path in self.observations, timeout):
            raise AssertionError("nobody observes %s; observed: %s"
                                 % (path, sorted(self.observations)))
        return self.observations[path]

    def wait_for(self, predicate, timeout=30.0):
        return self.coap.wait(predicate, timeout)

    # ---- Serving ----

    def requests(self, method=None, path=None):
        return [m for m in self.coap.received if m.is_request
                and method in (None, m.code) and path in (None, m.path)]

    def _resource(self, path):
        o, i, r = (int(part) for part in path.strip("/").split("/")[:3])
        return self.objects[o][i][r]

    def serve(self, request):
        key = (request.code, request.path)
        if key in self.override:
            answer = self.override[key]
            if callable(answer):
                answer = answer(request)
            return Message(code(answer)) if isinstance(answer, str) else answer
        return self.answer(request)

    def answer(self, request):
        """What the device does by itself, whatever `override` says."""
        block1 = request.block(BLOCK1)
        if block1 is not None:
            answer = self._assemble(request, *block1)
            if answer is not None:
                return answer
        answer = self._cut(request, self._operate(request))
        if block1 is not None:
            answer.options.append((BLOCK1, block(block1[0], False, block1[2])))
        return answer

    def _assemble(self, request, number, more, size):
        """Takes a Block1 block; None when the request has its whole payload (RFC 7959 §2.5)."""
        announced = request.number(SIZE1) or 0
        if number == 0:
            self._upload = (request.path, b"")
        path, octets = self._upload or ("", b"")
        if path != request.path or len(octets) != number * size:
            return Message(code("4.08"))
        octets += request.payload
        if max(announced, len(octets)) > self.largest_write:
            self._upload = None
            return Message(code("4.13"), options=[(SIZE1, uint(self.largest_write))])
        if more:
            self._upload = (path, octets)
            return Message(code("2.31"),
                           options=[(BLOCK1, block(number, True, min(size, self.block_size)))])
        self._upload = None
        request.payload = octets
        return None

    def _cut(self, request, answer):
        """Leaves the block of the answer that is asked for, the first of a notification (RFC 7959 §2.4)."""
        wanted = request.block(BLOCK2) if request is not None else None
        if answer.code != code("2.05") or wanted is None and len(answer.payload) <= self.block_size:
            return answer
        octets = answer.payload
        number, _, asked = wanted or (0, False, self.block_size)
        size = min(asked, self.block_size)
        number = number * asked // size
        if number and number * size >= len(octets):
            return Message(code("4.00"))
        answer.payload = octets[number * size:(number + 1) * size]
        answer.options.append((BLOCK2, block(number, (number + 1) * size < len(octets), size)))
        if self.etag(octets):
            answer.options.append((ETAG, self.etag(octets)))
        return answer

    def _operate(self, request):
        try:
            parts = [int(part) for part in request.path.strip("/").split("/") if part]
        except ValueError:
            return Message(code("4.04"))
        if not parts and request.code in (FETCH, IPATCH):
            return self._composite(request)
        if not parts:
            return Message(code("4.05"))
        if request.code == GET:
            return self._get(request, parts)
        if request.code == PUT and request.content_format is None and request.query:
            return self._write_attributes(request, parts)
        if request.code == POST and len(parts) == 1:
            return self._create(request, parts)
        if request.code == DELETE:
            return self._delete(parts)
        if not self._exists(parts):
            return Message(code("4.04"))
        if request.code == POST and len(parts) == 3 and "E" in self._at(parts).operations:
            self.executed.append((request.path, request.payload.decode()))
            return Message(code("2.04"))
        if request.code in (PUT, POST):
            return self._write(request, parts)
        return Message(code("4.05"))

    def _at(self, parts):
        return self.objects[parts[0]][parts[1]][parts[2]]

    def _exists(self, parts):
        try:
            node = self.objects[parts[0]]
            for part in parts[1:3]:
                node = node[part]
            return len(parts) < 4 or parts[3] in node.value
        except (KeyError, TypeError):
            return False

    def _speaks(self, content_format):
        return content_format in self.formats and content_format in (senml.SENML_JSON,
                                                                     senml.SENML_CBOR)

    def _values(self, path):
        """[(path, value)] of what can be read at a path and below; nothing when it is not there."""
        parts = [int(part) for part in path.strip("/").split("/")]
        found = []
        for o, instances in self.objects.items():
            for i, resources in instances.items():
                for r, resource in sorted(resources.items()):
                    of = resource.value if isinstance(resource.value, dict) else {None: resource.value}
                    for ri, value in of.items():
                        at = [o, i, r] + ([] if ri is None else [ri])
                        if at[:len(parts)] == parts and "R" in resource.operations:
                            found.append(("/" + "/".join(str(part) for part in at), value))
        return found

    def _composite(self, request):
        """Read, Observe, Cancel and Write of several paths (LwM2M 1.1.1 §6.3.8, §6.3.9, §6.4.4)."""
        if not self._speaks(request.content_format):
            return Message(code("4.15"))
        named = senml.decode(request.payload, request.content_format)
        if request.code == IPATCH:
            return self._write_values(named)
        if any(value is not None for _, value in named):
            return Message(code("4.00"))
        accept = request.number(ACCEPT) or request.content_format
        if not self._speaks(accept):
            return Message(code("4.06"))
        paths = " ".join(path for path, _ in named)
        payload, content_format = self._read(paths, accept)
        answer = Message(code("2.05"), payload=payload, content_format=content_format)
        observe = request.number(OBSERVE)
        if observe == 0:
            self.observations[paths] = request.token
            answer.options.append((OBSERVE, uint(0)))
        elif observe == 1 and self.observations.get(paths) == request.token:
            del self.observations[paths]
        return answer

    def _write_values(self, values):
        """All or nothing."""
        for path, value in values:
            try:
                resource = self._resource(path)
            except (KeyError, ValueError):
                return Message(code("4.04"))
            if "W" not in resource.operations:
                return Message(code("4.05"))
            if type(value) is not type(resource.value):
                return Message(code("4.00"))
        for path, value in values:
            self._resource(path).value = value
            self.written.append((path, value))
        return Message(code("2.04"))

    def _get(self, request, parts):
        if not self._exists(parts):
            return Message(code("4.04"))
        accept = request.number(ACCEPT)
        if accept == LINK:
            return Message(code("2.05"), payload=self._discover(request.path, parts),
                           content_format=LINK)
        if len(parts) >= 3 and "R" not in self._at(parts).operations:
            return Message(code("4.05"))
        content = self._read(request.path, accept)
        if content is None:
            return Message(code("4.06"))
        answer = Message(code("2.05"), payload=content[0], content_format=content[1])
        observe = request.number(OBSERVE)
        if observe == 0:
            self.observations[request.path] = request.token
            answer.options.append((OBSERVE, uint(0)))
        elif observe == 1:
            self.observations.pop(request.path, None)
        return answer

    def _read(self, path, accept):
        """(payload, Content-Format), None when the format is not available."""
        if self._speaks(accept) or " " in path:
            accept = accept or next(f for f in self.formats if self._speaks(f))
            values = [value for one in path.split(" ") for value in self._values(one)]
            return senml.encode(values, accept), accept
        parts = [int(part) for part in path.strip("/").split("/")]
        single = len(parts) == 4 or len(parts) == 3 and not isinstance(self._at(parts).value, dict)
        if single and accept in (None, TEXT):
            value = self._at(parts).value
            return text_of(value[parts[3]] if len(parts) == 4 else value), TEXT
        if accept not in (None, TLV):
            return None
        if len(parts) == 1:
            return b"".join(tlv(INSTANCE, i, self._instance_tlv(resources))
                            for i, resources in self.objects[parts[0]].items()), TLV
        resources = self.objects[parts[0]][parts[1]]
        if len(parts) >= 3:
            resources = {parts[2]: resources[parts[2]]}
        return self._instance_tlv(resources), TLV

    @staticmethod
    def _instance_tlv(resources):
        out = b""
        for r, resource in sorted(resources.items()):
            if "R" not in resource.operations:
                continue
            if isinstance(resource.value, dict):
                inner = b"".join(tlv(RESOURCE_INSTANCE, i, tlv_value(v))
                                 for i, v in sorted(resource.value.items()))
                out += tlv(MULTIPLE, r, inner)
            else:
                out += tlv(RESOURCE, r, tlv_value(resource.value))
        return out

    def _discover(self, path, parts):
        def link(target, resource=None):
            text = "<%s>" % target
            if resource is not None and isinstance(resource.value, dict):
                text += ";dim=%d" % len(resource.value)
            for name, value in self.attributes.get(target, {}).items():
                text += ";%s=%s" % (name, value)
            return text
        links = [link(path, self._at(parts) if len(parts) >= 3 else None)]
        if len(parts) == 1:
            for i in self.objects[parts[0]]:
                links.append("<%s/%d>" % (path, i))
        if len(parts) == 2:
            links += [link("%s/%d" % (path, r), resource)
                      for r, resource in sorted(self.objects[parts[0]][parts[1]].items())]
        return ",".join(links)

    def _write_attributes(self, request, parts):
        if not self._exists(parts):
            return Message(code("4.04"))
        attached = self.attributes.setdefault(request.path, {})
        for item in request.query:
            name, _, value = item.partition("=")
            if name not in ("pmin", "pmax", "gt", "lt", "st"):
                return Message(code("4.00"))
            if value:
                attached[name] = value
            else:
                attached.pop(name, None)
        return Message(code("2.04"))

    def _write(self, request, parts):
        if len(parts) < 2:
            return Message(code("4.05"))
        if self._speaks(request.content_format):
            return self._write_values(senml.decode(request.payload, request.content_format))
        if self.formats and request.content_format not in self.formats:
            return Message(code("4.15"))
        wanted = []
        try:
            if request.content_format == TLV:
                for _, identifier, value in read_tlv(request.payload):
                    wanted.append(("/%d/%d/%d" % (parts[0], parts[1], identifier), value))
            elif len(parts) >= 3 and request.content_format in (TEXT, OPAQUE, None):
                wanted.append((request.path, request.payload))
            else:
                return Message(code("4.15"))
            values = []
            for path, octets in wanted:
                resource = self._resource(path)
                if "W" not in resource.operations:
                    return Message(code("4.05"))
                if isinstance(resource.value, dict):
                    values.append((path, self._several(resource.value, parts, octets)))
                    continue
                values.append((path, value_of_tlv(octets, resource.value)
                               if request.content_format == TLV
                               else value_of_text(octets.decode(), resource.value)))
        except KeyError as error:
            return Message(code("4.00" if "W" in str(error) else "4.04"))
        except ValueError:
            return Message(code("4.00"))
        for path, value in values:
            at = path.strip("/").split("/")
            self._resource(path).value = value
            self.written.append(("/" + "/".join(at[:3]), value))
        return Message(code("2.04"))

    @staticmethod
    def _several(now, parts, octets):
        """What a multiple resource of integers holds after a Write of one instance, or of some in TLV."""
        written = {parts[3]: int(octets)} if len(parts) == 4 else {
            identifier: value_of_tlv(value, 0) for _, identifier, value in octets}
        return {**now, **written}

    def _create(self, request, parts):
        """Create of an instance of 3303 with what the TLV names (LwM2M 1.0.2 §5.4.7)."""
        if parts[0] not in self.objects:
            return Message(code("4.04"))
        if parts[0] != 3303:
            return Message(code("4.05"))
        entries = read_tlv(request.payload)
        if entries and entries[0][0] == INSTANCE:
            instance, entries = entries[0][1], entries[0][2]
        else:
            instance = max(self.objects[3303], default=-1) + 1
        if instance in self.objects[3303]:
            return Message(code("4.00"))
        self.objects[3303][instance] = {
            identifier: Resource(value_of_tlv(value, 0.0 if identifier == 5700 else ""), "RW")
            for _, identifier, value in entries}
        answer = Message(code("2.01"))
        answer.options += [(LOCATION_PATH, b"3303"), (LOCATION_PATH, b"%d" % instance)]
        return answer

    def _delete(self, parts):
        if len(parts) != 2 or parts[0] != 3303:
            return Message(code("4.05"))
        if self.objects[3303].pop(parts[1], None) is None:
            return Message(code("4.04"))
        return Message(code("2.02"))
