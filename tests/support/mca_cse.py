"""A small oneM2M CSE for tests, over http.server.

Written from TS-0001, TS-0004 and TS-0009 for what an interworking proxy needs: <CSEBase>, <AE>, <node>,
<container>, <contentInstance>, <subscription>, <accessControlPolicy>, <mgmtObj>, <flexContainer>,
<timeSeries>, <timeSeriesInstance>, <semanticDescriptor>, discovery by labels, `la` and `ol`, verification of
subscriptions and notifications in order. It is strict about headers and attributes, records every request,
lacks types where a test says so (`Cse(without=(MGO, FCNT))`), and misbehaves where a test tells it to:

    cse.fault(lambda r: r.ty == 2, status=403, rsc=4117)          # refuse AEs
    cse.fault(lambda r: "3303" in r.target, action="silence", times=2)
"""

import http.client
import json
import queue
import re
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ports import free_port

ACP, AE, CNT, CIN, CB, MGO, NOD, SUB, SMD, FCNT, TS, TSI = 1, 2, 3, 4, 5, 13, 14, 23, 24, 28, 29, 30
# Of a <mgmtObj> and a <flexContainer> this is not the root: that names the specialisation.
ROOTS = {ACP: "m2m:acp", AE: "m2m:ae", CNT: "m2m:cnt", CIN: "m2m:cin", CB: "m2m:cb", MGO: "m2m:mgo",
         NOD: "m2m:nod", SUB: "m2m:sub", SMD: "m2m:smd", FCNT: "m2m:fcnt", TS: "m2m:ts",
         TSI: "m2m:tsi"}
SPECIALISED = (MGO, FCNT)
INSTANCES = {CNT: CIN, TS: TSI}

# What an originator may give at Create (C) and Update (U), and what it must give at Create (M).
COMMON = {"rn": "C", "et": "CU", "lbl": "CU", "acpi": "CU", "cr": "C"}
ATTRIBUTES = {
    ACP: {"pv": "MU", "pvs": "MU"},
    AE: {"apn": "CU", "api": "M", "rr": "MU", "poa": "CU", "nl": "CU", "or": "CU", "srv": "MU",
         "csz": "CU"},
    CNT: {"mni": "CU", "mbs": "CU", "mia": "CU", "or": "CU", "li": "CU", "disr": "CU"},
    CIN: {"con": "M", "cnf": "C", "conr": "C", "or": "C", "dgt": "C", "dcnt": "C"},
    NOD: {"ni": "MU", "hael": "CU", "hcl": "CU", "mgca": "CU"},
    SUB: {"nu": "MU", "enc": "CU", "nct": "CU", "exc": "CU", "su": "C", "ln": "CU", "pn": "CU",
          "rl": "CU", "bn": "CU"},
    MGO: {"mgd": "M", "obis": "C", "obps": "C", "cmlk": "CU", "dc": "CU", "mgs": "C"},
    FCNT: {"cnd": "M", "or": "CU", "nl": "CU"},
    TS: {"mni": "CU", "mbs": "CU", "mia": "CU", "pei": "CU", "peid": "CU", "mdd": "CU", "mdn": "CU",
         "mdt": "CU", "or": "CU", "cnf": "C"},
    TSI: {"dgt": "M", "con": "M", "snr": "C"},
    SMD: {"dcrp": "MU", "dsp": "MU", "or": "CU", "rels": "CU"},
}
# What the hosting CSE keeps to itself, also where a specialisation brings attributes of its own.
HOSTED = ("ty", "ri", "pi", "ct", "lt", "st", "cs", "cni", "cbs", "aei")
# TS-0001 Annex D: mgmtDefinition, and what a specialisation must have. Any other root is self-defined.
MGMT_OBJECTS = {
    "m2m:fwr": (1001, ("vr", "fwn", "url", "ud")), "m2m:swr": (1002, ("vr", "swn", "url")),
    "m2m:mem": (1003, ("mma", "mmt")), "m2m:ani": (1004, ("ant",)),
    "m2m:andi": (1005, ("dvd", "dvt", "awi")), "m2m:bat": (1006, ("btl", "bts")),
    "m2m:dvi": (1007, ("dlb", "man", "mod", "dty")), "m2m:dvc": (1008, ("can", "att", "cas", "cus")),
    "m2m:rbo": (1009, ()), "m2m:evl": (1010, ("lgt", "lgd", "lgst"))}
# TS-0023: module classes of the common domain, and what each must have.
MODULE_CLASSES = {
    "cod:acoSr": ("acousticSensor", ("louds",)), "cod:alaSr": ("alarmSpeaker", ("alaSs",)),
    "cod:baror": ("barometer", ("atmPe",)), "cod:bat": ("battery", ("lvl",)),
    "cod:binSh": ("binarySwitch", ("state",)), "cod:brigs": ("brightness", ("brigs",)),
    "cod:eneCn": ("energyConsumption", ("abECn",)), "cod:geoLn": ("geoLocation", ("latie", "longe")),
    "cod:heaSr": ("headingSensor", ("headg",)), "cod:motSr": ("motionSensor", ("alarm",)),
    "cod:numVe": ("numberValue", ("numVe",)), "cod:pusBn": ("pushButton", ("pushd",)),
    "cod:relHy": ("relativeHumidity", ("relHy",)), "cod:sigSh": ("signalStrength", ("lqi",)),
    "cod:tempe": ("temperature", ("curT0",)), "cod:weigt": ("weight", ("weigt",))}
DOMAIN = "org.onem2m.common.moduleclass."
PARENTS = {ACP: (CB, AE), AE: (CB,), CNT: (CB, AE, CNT, FCNT), CIN: (CNT,), NOD: (CB,), MGO: (NOD,),
           FCNT: (CB, AE, CNT, FCNT, NOD), TS: (CB, AE, CNT, FCNT), TSI: (TS,),
           SMD: (AE, CNT, CIN, FCNT, TS, NOD, MGO),
           SUB: (CB, AE, CNT, NOD, ACP, MGO, FCNT, TS, SMD)}
CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY, DISCOVERY = 1, 2, 4, 8, 16, 32
HTTP_STATUS = {2000: 200, 2001: 201, 2002: 200, 2004: 200, 4000: 400, 4001: 501, 4004: 404,
               4005: 405, 4103: 403, 4105: 409, 4108: 403, 4117: 403, 4125: 501, 5000: 500, 5001: 501,
               5204: 500, 5207: 406}
CHANGES = {"POST": CREATE, "GET": RETRIEVE, "PUT": UPDATE, "DELETE": DELETE}


def stamp(seconds=None):
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(seconds))


class Refused(Exception):
    def __init__(self, rsc, text):
        super().__init__(text)
        self.rsc = rsc


class Request:
    """One request as it arrived; `rsc` and `status` are filled in when it was answered."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.at = time.monotonic()
        self.status = self.rsc = None
        parts = urllib.parse.urlsplit(target)
        self.path = urllib.parse.unquote(parts.path)
        self.query = urllib.parse.parse_qsl(parts.query)
        self.originator = headers.get("X-M2M-Origin", "")
        kind = re.search(r"ty=(\d+)", headers.get("Content-Type", ""))
        self.ty = int(kind.group(1)) if kind and method == "POST" else None

    @property
    def content(self):
        """The attributes in the body, without the root name."""
        return next(iter(json.loads(self.body).values())) if self.body else {}

    def __repr__(self):
        return "<%s %s ty=%s by %s: %s>" % (self.method, self.target, self.ty, self.originator,
                                            self.rsc)


class Resource:
    def __init__(self, ty, ri, rn, parent, attributes):
        self.ty, self.ri, self.rn, self.parent, self.attributes = ty, ri, rn, parent, attributes
        self.root = ROOTS[ty]
        self.children = {}  # rn -> Resource, in order of creation
        self.owner = parent.owner if parent else ""  # AE-ID that has full rights here

    @property
    def path(self):
        return (self.parent.path + "/" if self.parent else "") + self.rn

    def representation(self):
        members = {"ty": self.ty, "ri": self.ri, "rn": self.rn}
        if self.parent:
            members["pi"] = self.parent.ri
        members.update(self.attributes)
        if self.ty in INSTANCES:
            instances = self.instances()
            members["cni"] = len(instances)
            members["cbs"] = sum(c.attributes["cs"] for c in instances)
        return members

    def instances(self):
        return [c for c in self.children.values() if c.ty == INSTANCES.get(self.ty)]

    def descendants(self):
        for child in list(self.children.values()):
            yield child
            yield from child.descendants()


class Fault:
    def __init__(self, matches, action, status, rsc, delay, times):
        self.matches, self.action, self.status = matches, action, status
        self.rsc, self.delay, self.times = rsc, delay, times
        self.hits = 0


class Cse:
    """`with Cse() as cse:` listens on 127.0.0.1; `cse.stop()` and `cse.start()` are an outage that keeps
    the tree and the port, `cse.forget()` empties it."""

    ADMIN = "CAdmin"

    def __init__(self, base="cse-in", cse_id="/id-in", known_types=tuple(ROOTS), et_max=5 * 365 * 86400,
                 without=(), unknown_type_rsc=5001):
        """`without`: types of this file that this CSE lacks; a Create of them gets
        `unknown_type_rsc`: CSEs do not agree on it."""
        self.base_name, self.cse_id, self.et_max = base, cse_id, et_max
        self.known_types = tuple(ty for ty in known_types if ty not in without)
        self.unknown_type_rsc = unknown_type_rsc
        self.keep_hosted_links = True
        self.unknown_attributes = {}  # ty -> names that this CSE does not know
        self.requests = []
        self.notifications = []  # (url, body, status)
        self.faults = []
        self._changed = threading.Condition(threading.RLock())
        self._notify = queue.Queue()
        self._server = None
        self._connections = set()
        self.port = free_port()
        self.forget()
        threading.Thread(target=self._notify_loop, daemon=True).start()

    # ---- Life ----

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()

    def start(self):
        server = _Server(("127.0.0.1", self.port), _Handler, bind_and_activate=False)
        server.allow_reuse_address = True
        server.daemon_threads = True
        server.server_bind()
        server.request_queue_size = 128
        server.server_activate()
        server.cse = self
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._changed:
            open_connections = list(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def forget(self):
        with self._changed:
            self._count = 0
            self.by_ri = {}
            self.base = Resource(CB, "id0", self.base_name, None,
                                 {"csi": self.cse_id, "cst": 1, "srt": list(self.known_types),
                                  "srv": ["2a", "3", "4"], "ct": stamp(), "lt": stamp()})
            self.base.owner = self.ADMIN
            self.by_ri[self.base.ri] = self.base

    # ---- For tests ----

    def fault(self, matches, action="answer", status=None, rsc=4000, delay=0.0, times=None):
        """For requests that match (`matches(request)`): action "answer" answers `rsc` (with the HTTP status
        that belongs to it, or `status`; 0: without X-M2M-RSC, as something on the way would), "delay" serves it after `delay`, "silence" never answers, "close"
        closes the connection, "execute-close" serves it and closes without an answer. `times`: how often;
        None: until fault.times is set to 0."""
        fault = Fault(matches, action, status, rsc, delay, times)
        with self._changed:
            self.faults.append(fault)
        return fault

    def clear_faults(self):
        with self._changed:
            self.faults.clear()
            self._changed.notify_all()  # the silent ones hang up

    def wait(self, predicate, timeout=30.0):
        """Waits for `predicate()` to become true; looked at after each request. Returns its value."""
        with self._changed:
            return self._changed.wait_for(predicate, timeout)

    def find(self, path):
        """The resource of a structured address below the base ("imei-1/3/0"), None when there is none."""
        with self._changed:
            node = self.base
            for segment in path.split("/"):
                node = node.children.get(segment) if node else None
            return node

    def wait_resource(self, path, timeout=30.0):
        found = self.wait(lambda: self.find(path), timeout)
        if found is None:
            raise AssertionError("no resource %s; there are:\n  %s" % (path, "\n  ".join(self.tree())))
        return found

    def tree(self):
        with self._changed:
            return [r.path for r in self.base.descendants() if r.ty not in INSTANCES.values()]

    def contents(self, path):
        """The contents of the instances in a container or timeSeries, oldest first."""
        return [instance.attributes["con"] for instance in self.instances(path)]

    def instances(self, path):
        container = self.find(path)
        if container is None:
            return []
        with self._changed:
            return container.instances()

    def wait_contents(self, path, count, timeout=30.0):
        if not self.wait(lambda: len(self.contents(path)) >= count, timeout):
            raise AssertionError("%s holds %s, expected %d" % (path, self.contents(path), count))
        return self.contents(path)

    def asked(self, method=None, ty=None, path=None):
        with self._changed:
            return [r for r in self.requests
                    if method in (None, r.method) and ty in (None, r.ty)
                    and (path is None or path in r.path)]

    # ---- Serving ----

    def _record(self, request):
        with self._changed:
            self.requests.append(request)
            for fault in self.faults:
                if fault.times != 0 and fault.matches(request):
                    fault.hits += 1
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def _answered(self, request, status, rsc):
        with self._changed:
            request.status, request.rsc = status, rsc
            self._changed.notify_all()

    def serve(self, request):
        """(rsc, body) of a request, after checking its headers."""
        try:
            if not request.headers.get("X-M2M-RI"):
                raise Refused(4000, "X-M2M-RI is missing")
            if request.headers.get("X-M2M-RVI") not in ("2a", "3", "4"):
                raise Refused(4001, "X-M2M-RVI %r" % request.headers.get("X-M2M-RVI"))
            if request.headers.get("X-M2M-Origin") is None and request.ty != AE:
                raise Refused(4000, "X-M2M-Origin is missing")
            content = self._content(request)
            if request.method == "POST":
                return self._create(request, content)
            with self._changed:
                target = self._resolve(request.path)
                if request.method == "GET":
                    return self._retrieve(request, target)
                if request.method == "PUT":
                    return self._update(request, target, content)
                return self._delete(request, target)
        except Refused as refused:
            return refused.rsc, {"m2m:dbg": str(refused)}

    @staticmethod
    def _content(request):
        if request.method in ("GET", "DELETE"):
            if request.body:
                raise Refused(4000, "body on %s" % request.method)
            return None
        kind = request.headers.get("Content-Type", "")
        if request.method == "POST":
            if not re.fullmatch(r"application/(vnd\.onem2m-res\+)?json;ty=\d+", kind):
                raise Refused(4000, "Content-Type %r" % kind)
        elif kind not in ("application/json", "application/vnd.onem2m-res+json"):
            raise Refused(4000, "Content-Type %r" % kind)
        try:
            return json.loads(request.body)
        except ValueError as error:
            raise Refused(4000, "body is no JSON: %s" % error) from None

    def _resolve(self, path):
        """CSE-relative structured or unstructured, or SP-relative (`/~`)."""
        path = path.strip("/")
        if path.startswith("~/"):
            prefix = "~" + self.cse_id
            if not path.startswith(prefix):
                raise Refused(4004, "other CSE")
            path = path[len(prefix):].strip("/") or self.base_name
        first, *rest = path.split("/")
        node = self.base if first in ("-", self.base_name) else self.by_ri.get(first)
        for segment in rest:
            if node is None:
                break
            instances = node.instances()
            if node.ty in INSTANCES and segment in ("la", "ol"):
                node = (instances[-1 if segment == "la" else 0]) if instances else None
            else:
                node = node.children.get(segment)
        if node is None:
            raise Refused(4004, "no resource %s" % path)
        return node

    def _authorize(self, resource, originator, operation, child=None):
        if originator == self.ADMIN or (originator and originator == resource.owner):
            return
        policies = resource.attributes.get("acpi")
        if resource.ty == ACP:
            policies = [resource.ri]
        ancestor = resource
        while policies is None and ancestor.parent is not None and ancestor.ty != AE:
            ancestor = ancestor.parent
            policies = ancestor.attributes.get("acpi")
        for reference in policies or []:
            policy = self.by_ri.get(reference.rsplit("/", 1)[-1])
            if policy is None:
                try:
                    policy = self._resolve(reference)
                except Refused:
                    continue
            rules = policy.attributes["pvs" if resource.ty == ACP else "pv"]["acr"]
            for rule in rules:
                if ("all" in rule["acor"] or originator in rule["acor"]) and rule["acop"] & operation:
                    only = [t for d in rule.get("acod", []) for t in d["chty"]]
                    if child is None or not only or child in only:
                        return
        raise Refused(4103, "%s may not do %d on %s" % (originator, operation, resource.path))

    def _check_attributes(self, ty, attributes, letter):
        known = dict(COMMON, **ATTRIBUTES[ty])
        for name in self.unknown_attributes.get(ty, ()):
            known.pop(name, None)
        # A specialisation brings attributes of its own.
        own = "CU" if ty in SPECIALISED else ""
        for name, value in attributes.items():
            allowed = known.get(name, own if name not in HOSTED and name.isalnum() else "")
            if letter not in allowed and not (letter == "C" and "M" in allowed):
                raise Refused(4000, "attribute %s of type %d" % (name, ty))
            if name in ("lbl", "acpi", "poa", "nu", "srv", "hael", "obis", "obps", "rels") and value is not None \
                    and not (isinstance(value, list) and value
                             and all(isinstance(v, str) for v in value)):
                raise Refused(4000, "%s must be a list of text" % name)
            if name in ("con", "rn", "api", "nl", "ni", "cnf", "or", "cnd", "dsp", "dgt") and value is not None \
                    and not isinstance(value, str):
                raise Refused(4000, "%s must be text" % name)
        if letter == "C":
            for name, allowed in known.items():
                if "M" in allowed and attributes.get(name) is None:
                    raise Refused(4000, "%s is missing" % name)
        if "et" in attributes and attributes["et"] is not None:
            if not re.fullmatch(r"\d{8}T\d{6}(,\d+)?", str(attributes["et"])):
                raise Refused(4000, "et %r" % attributes["et"])
            if attributes["et"] <= stamp():
                raise Refused(4000, "et is in the past")
            attributes["et"] = min(attributes["et"], stamp(time.time() + self.et_max))
        if letter == "U" and "acpi" in attributes and len(attributes) > 1:
            raise Refused(4000, "acpi must be alone in an Update")

    @staticmethod
    def _check_specialisation(ty, root, attributes):
        if ":" not in root or root in ROOTS.values():
            raise Refused(4000, "%s is no specialisation" % root)
        if ty == MGO:
            definition, mandatory = MGMT_OBJECTS.get(root, (0, ()))
            if attributes.get("mgd") != definition:
                raise Refused(4000, "mgd of %s is %d" % (root, definition))
        else:
            cnd = attributes.get("cnd", "")
            if cnd not in [DOMAIN + name for name, _ in MODULE_CLASSES.values()]:
                raise Refused(4125, "no schema for %r" % cnd)
            name, mandatory = MODULE_CLASSES.get(root, ("", ()))
            if cnd != DOMAIN + name:
                raise Refused(4000, "%s does not go with %s" % (root, cnd))
        for name in mandatory:
            if attributes.get(name) is None:
                raise Refused(4000, "%s is missing in %s" % (name, root))

    def _create(self, request, content):
        ty = request.ty
        if ty not in self.known_types or ty not in ATTRIBUTES:
            raise Refused(self.unknown_type_rsc, "type %s" % ty)
        if not isinstance(content, dict) or len(content) != 1:
            raise Refused(4000, "one root")
        root = next(iter(content))
        if ty not in SPECIALISED and root != ROOTS[ty]:
            raise Refused(4000, "root name for type %d" % ty)
        attributes = dict(content[root])
        with self._changed:
            parent = self._resolve(request.path)
            if parent.ty not in PARENTS[ty]:
                raise Refused(4108, "type %d under type %d" % (ty, parent.ty))
            self._check_attributes(ty, attributes, "C")
            if ty in SPECIALISED:
                self._check_specialisation(ty, root, attributes)
            if not (ty == AE or ty == NOD and self._is_registered(request.originator)):
                self._authorize(parent, request.originator, CREATE, ty)
        if ty == SUB:
            if 7 in (attributes.get("enc") or {}).get("net", ()):
                raise Refused(4000, "no blocking updates here")
            self._verify(attributes, request.originator)
        with self._changed:
            resource = self._insert(ty, parent, attributes, request.originator)
            resource.root = root
            self._changed.notify_all()
            self._created(resource)
            body = {root: resource.representation()}
        return 2001, None if ("rcn", "0") in request.query else body

    def _is_registered(self, originator):
        return originator == self.ADMIN or any(
            r.ty == AE and r.ri == originator for r in self.base.children.values())

    def _insert(self, ty, parent, attributes, originator):
        self._count += 1
        name = attributes.pop("rn", None) or "%s_%06d" % (ROOTS[ty][4:], self._count)
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise Refused(4000, "rn %r" % name)
        ri = "%s%06d" % (ROOTS[ty][4:], self._count)
        if ty == AE:
            ri = originator if len(originator) > 1 else "C%06d" % self._count
            if not re.fullmatch(r"[CS][A-Za-z0-9._~-]+", ri):
                raise Refused(4000, "AE-ID %r" % ri)
            if self._is_registered(ri):
                raise Refused(4117, "%s has registered" % ri)
            attributes["aei"] = ri
        if name in parent.children:
            raise Refused(4105, "%s exists" % name)
        if "cr" in attributes:
            if attributes["cr"] is not None:
                raise Refused(4000, "cr must be null")
            attributes["cr"] = originator
        attributes.update({"ct": stamp(), "lt": stamp()})
        attributes.setdefault("et", stamp(time.time() + self.et_max))
        if ty == CIN:
            attributes["cs"] = len(attributes["con"].encode())
            attributes["st"] = parent.attributes["st"] = parent.attributes.get("st", 0) + 1
        if ty == TSI:
            if any(c.attributes["dgt"] == attributes["dgt"] for c in parent.instances()):
                raise Refused(4105, "there is an instance of dgt %s" % attributes["dgt"])
            attributes["cs"] = len(attributes["con"].encode())
        if ty in (CNT, FCNT):
            attributes.setdefault("st", 0)
        resource = Resource(ty, ri, name, parent, attributes)
        if ty == AE:
            resource.owner = ri
        elif ty in (NOD, ACP, SUB) or parent.ty == CB:
            resource.owner = originator
        parent.children[name] = resource
        self.by_ri[ri] = resource
        return resource

    def _created(self, resource):
        parent = resource.parent
        if resource.ty in INSTANCES.values() and parent.attributes.get("mni") is not None:
            instances = parent.instances()
            for old in instances[:max(0, len(instances) - parent.attributes["mni"])]:
                self._remove(old)
        if resource.ty == AE:
            self._host(resource)
        self._tell(parent, 3, resource)

    def _host(self, ae):
        if not self.keep_hosted_links or not ae.attributes.get("nl"):
            return
        node = self.by_ri.get(ae.attributes["nl"])
        if node is not None and ae.ri not in node.attributes.setdefault("hael", []):
            node.attributes["hael"].append(ae.ri)

    def _retrieve(self, request, target):
        if ("fu", "1") in request.query:
            return 2000, {"m2m:uril": self._discover(request, target)}
        self._authorize(target, request.originator, RETRIEVE)
        shown = {target.root: target.representation()}
        how = dict(request.query).get("rcn", "1")
        if how not in ("1", "4", "5", "6", "8"):
            raise Refused(4000, "rcn %s" % how)
        if how in ("4", "8"):
            self._nest(target, shown[target.root], request)
        elif how in ("5", "6"):
            shown[target.root]["ch"] = [
                {"nm": c.rn, "typ": c.ty, "val": c.path} for c in target.children.values()]
        return 2000, shown

    def _nest(self, resource, members, request):
        wanted = [int(v) for name, value in request.query if name == "ty" for v in value.split()]
        for child in resource.children.values():
            inner = child.representation()
            self._nest(child, inner, request)
            if not wanted or child.ty in wanted:
                members.setdefault(child.root, []).append(inner)

    def _discover(self, request, target):
        labels = [value for name, value in request.query if name == "lbl"]
        types = [int(v) for name, value in request.query if name == "ty" for v in value.split()]
        since = [value for name, value in request.query if name == "ms"]
        found = []
        for resource in target.descendants():
            if labels and not set(labels) & set(resource.attributes.get("lbl") or []):
                continue
            if types and resource.ty not in types:
                continue
            if since and not resource.attributes.get("lt", "") > since[-1]:
                continue
            try:
                self._authorize(resource, request.originator, DISCOVERY)
            except Refused:
                continue
            found.append(resource.path)
        return found

    def _update(self, request, target, content):
        if target.ty in (CIN, TSI, CB):
            raise Refused(4005, "Update of type %d" % target.ty)
        if not isinstance(content, dict) or list(content) != [target.root]:
            raise Refused(4000, "root name for %s" % target.root)
        attributes = dict(content[target.root])
        self._check_attributes(target.ty, attributes, "U")
        self._authorize(target, request.originator, UPDATE)
        for name, value in attributes.items():
            if value is None:
                target.attributes.pop(name, None)
            else:
                target.attributes[name] = value
        target.attributes["lt"] = stamp()
        modified = [*attributes, "lt"]
        if "st" in target.attributes:
            target.attributes["st"] += 1
            modified.append("st")
        if target.ty == AE:
            self._host(target)
        self._tell(target, 1, target, modified)
        return 2004, {target.root: target.representation()}

    def _delete(self, request, target):
        if target is self.base:
            raise Refused(4005, "Delete of the CSEBase")
        self._authorize(target, request.originator, DELETE)
        self._remove(target)
        return 2002, None

    def _remove(self, target):
        self._tell(target.parent, 4, target)
        for child in list(target.children.values()):
            self._remove(child)
        target.parent.children.pop(target.rn, None)
        self.by_ri.pop(target.ri, None)
        if target.ty == AE and self.keep_hosted_links:
            for node in self.base.children.values():
                if target.ri in node.attributes.get("hael", []):
                    node.attributes["hael"].remove(target.ri)
        if target.ty == SUB:
            for url in self._urls(target.attributes["nu"]):
                self._notify.put((url, {"m2m:sgn": {"sud": True, "sur": self._reference(target)}}))

    # ---- Notifications (TS-0004 §7.5.1.2) ----

    def _reference(self, subscription):
        return "%s/%s" % (self.cse_id, subscription.ri)

    def _urls(self, targets):
        urls = []
        for target in targets:
            if target.startswith("http"):
                urls.append(target)
            else:
                ae = self.by_ri.get(target.rsplit("/", 1)[-1])
                urls += ae.attributes.get("poa", [])[:1] if ae is not None else []
        return urls

    def _verify(self, attributes, originator):
        for target in attributes["nu"]:
            if not target.startswith("http"):
                continue
            body = {"m2m:sgn": {"vrq": True, "sur": "%s/%s" % (self.cse_id, "to-be-made"),
                                "cr": originator}}
            if self._post(target, body) != 2000:
                raise Refused(5204, "%s did not verify" % target)

    def _tell(self, resource, event, subject, modified=()):
        for subscription in list(resource.children.values()):
            if subscription.ty != SUB or subscription is subject:
                continue
            criteria = subscription.attributes.get("enc") or {}
            if event not in criteria.get("net", [1]):
                continue
            if event in (3, 4) and criteria.get("chty") and subject.ty not in criteria["chty"]:
                continue
            if event == 1 and criteria.get("atr") and not set(criteria["atr"]) & set(modified):
                continue
            shown = {subject.root: subject.representation()}
            if subscription.attributes.get("nct") == 2:
                shown = {subject.root: {name: value for name, value in shown[subject.root].items()
                                        if name in modified}}
            if subscription.attributes.get("nct") == 3:
                shown = {"m2m:uri": subject.ri}
            body = {"m2m:sgn": {"sur": self._reference(subscription),
                                "nev": {"net": event, "rep": json.loads(json.dumps(shown))}}}
            for url in self._urls(subscription.attributes["nu"]):
                self._notify.put((url, body))

    def _notify_loop(self):
        while True:
            url, body = self._notify.get()
            # As a real CSE does: tried again for a while, in order.
            for pause in (0.1, 0.3, 1.0, 2.0, 0):
                rsc = self._post(url, body)
                if rsc is not None:
                    break
                time.sleep(pause)
            with self._changed:
                self.notifications.append((url, body, rsc))
                self._changed.notify_all()

    def _post(self, url, body):
        """RSC of the answer, None without one."""
        parts = urllib.parse.urlsplit(url)
        self._requests_made = getattr(self, "_requests_made", 0) + 1
        headers = {"Content-Type": "application/json", "X-M2M-Origin": self.cse_id,
                   "X-M2M-RI": "cse-%d" % self._requests_made, "X-M2M-RVI": "3"}
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        try:
            connection.request("POST", parts.path or "/", json.dumps(body), headers)
            response = connection.getresponse()
            response.read()
            if response.headers.get("X-M2M-RI") != headers["X-M2M-RI"]:
                return 4000
            return int(response.headers.get("X-M2M-RSC", "0"))
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may go when it likes
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *unused):
        pass

    def setup(self):
        super().setup()
        with self.server.cse._changed:
            self.server.cse._connections.add(self.connection)

    def finish(self):
        with self.server.cse._changed:
            self.server.cse._connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            pass

    def _serve(self):
        cse = self.server.cse
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, body)
        fault = cse._record(request)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        if fault is None or fault.action in ("delay", "execute-close"):
            rsc, content = cse.serve(request)
            status = HTTP_STATUS.get(rsc, 500)
        elif fault.action == "answer":
            rsc, content = fault.rsc, {"m2m:dbg": "as the test wants it"}
            status = fault.status or HTTP_STATUS.get(rsc, 500)
        else:
            rsc = status = None
        cse._answered(request, status, rsc)
        if fault is not None and fault.action == "silence":
            cse.wait(lambda: fault not in cse.faults or cse._server is not self.server, 60)
        if rsc is None or fault is not None and fault.action == "execute-close":
            self.close_connection = True
            return
        payload = json.dumps(content).encode() if content is not None else b""
        self.send_response_only(status)
        if rsc:
            self.send_header("X-M2M-RSC", str(rsc))
        self.send_header("X-M2M-RI", self.headers.get("X-M2M-RI", ""))
        self.send_header("X-M2M-RVI", self.headers.get("X-M2M-RVI", "3"))
        self.send_header("Date", self.date_time_string())
        if payload:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_DELETE = _serve
