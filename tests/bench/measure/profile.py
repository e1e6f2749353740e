"""Where the processor time of the program goes: samples of `perf record`, by what the processor was at."""

import collections
import os
import re
import subprocess
import tempfile

from . import delivery, registration
from .programs import OBSERVE_NOTHING, Nginx, Service, Swarm, tool

# What a sample counts as: (shared object, function) of its innermost frame, the first that fits.
AREAS = [
    ("SQLite", r"libsqlite3", ""),
    ("libcoap", r"libcoap", ""),
    ("GnuTLS, OpenSSL", r"libgnutls|libnettle|libhogweed|libgmp|libssl|libcrypto", ""),
    ("log lines", r"libspdlog|libfmt", ""),
    ("log lines", "", r"spdlog|fmt::"),
    ("allocation", r"", r"malloc|calloc|realloc|cfree|_int_free|free_|unlink_chunk|operator (new|delete)|tcache"),
    ("RapidJSON", "", r"rapidjson"),
    ("lwm2m/codec", r"/ipe$", r"lwm2m::(codec|.*(Tlv|Senml|Cbor|Decode|Encode))"),
    ("lwm2m/coap", r"/ipe$", r"lwm2m::coap"),
    ("lwm2m", r"/ipe$", r"lwm2m::"),
    ("mapping", r"/ipe$", r"mapping::"),
    ("onem2m", r"/ipe$", r"onem2m::"),
    ("ipe", r"/ipe$", r"ipe::"),
    ("containers and text of the standard library", r"/ipe$|libstdc", ""),
    ("copying, comparing and the rest of libc", r"libc\.so|libc-|libm\.|libpthread|vdso|ld-linux", ""),
]
# Of a sample in the kernel: what is found anywhere on its stack, the first that fits.
KERNEL_AREAS = [
    ("kernel: datagrams", r"^udp_(send|recv)msg|^udpv6_"),
    ("kernel: connections to the CSE", r"^tcp_(send|recv)msg|^inet_(stream|shutdown)"),
    ("kernel: files of the store", r"pwrite|pread|fsync|fdatasync|vfs_(write|read)|fcntl|ftruncate"),
    ("kernel: waiting and waking", r"epoll|futex|eventfd|poll"),
]


def area_of(frames):
    """`frames`: (function, shared object), innermost first."""
    function, place = frames[0]
    if "kernel" in place or place == "[unknown]":
        return next((area for area, pattern in KERNEL_AREAS if any(re.search(pattern, name) for name, _ in frames)),
                    "kernel: the rest")
    return next((area for area, where, what in AREAS if re.search(where, place) and re.search(what, function)), "other libraries")


def stacks(text):
    """Of `perf script`: one list of frames for each sample."""
    frames = []
    for line in text.splitlines():
        match = re.match(r"\s+[0-9a-f]+ (.+?)(?:\+0x[0-9a-f]+)? \((.*)\)$", line)
        if match:
            frames.append((match[1], match[2]))
        elif frames:
            yield frames
            frames = []
    if frames:
        yield frames


class Record:
    """`with Record(pid) as record:` …; then record.shares: {area: share of the samples}."""

    def __init__(self, pid):
        self.path = os.path.join(tempfile.mkdtemp(prefix="ipe-bench-perf-"), "data")
        self.process = subprocess.Popen([tool("perf"), "record", "-q", "-F", "499", "-g", "-o", self.path, "-p", str(pid)],
                                        stderr=subprocess.DEVNULL)
        self.shares = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        self.process.send_signal(2)
        self.process.wait(30)
        if kind is None:
            done = subprocess.run([tool("perf"), "script", "-i", self.path, "-F", "ip,sym,dso"], capture_output=True,
                                  text=True, errors="replace", check=True)
            counts = collections.Counter(area_of(frames) for frames in stacks(done.stdout))
            self.shares = {area: count / sum(counts.values()) for area, count in counts.items()}
        os.unlink(self.path)
        os.rmdir(os.path.dirname(self.path))


def profile(scale):
    """{path: {area: share}}"""
    found, seconds = {}, max(2, scale.seconds)
    with registration.eventual() as service, Swarm(service, scale.reporting * 10) as swarm:
        swarm.do("register", window=registration.WINDOW)
        for verb, name in (("register", "Register"), ("update", "Update")):
            with Record(service.process.pid) as record:
                swarm.do(verb, seconds=seconds, window=registration.WINDOW)
            found[name] = record.shares
    with Nginx() as cse:
        with Service(cse.url, **delivery.settings()) as service, Swarm(service, scale.reporting) as swarm:
            service.wait_ready()
            delivery.prepared(service, swarm, scale.reporting)
            with Record(service.process.pid) as record:
                delivery.deliver(service, swarm, seconds)
            found["notification"] = record.shares
        with Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING}) as service, Swarm(service, scale.provisioned) as swarm:
            service.wait_ready()
            with Record(service.process.pid) as record:
                swarm.do("register", window=128)
            found["provisioning"] = record.shares
    return found


def markdown(found):
    totals = collections.Counter()
    for shares in found.values():
        totals.update(shares)
    lines = ["| | %s |" % " | ".join(found), "|---|%s" % ("---:|" * len(found))]
    for area, _ in totals.most_common():
        shares = [paths.get(area, 0) for paths in found.values()]
        if max(shares) >= 0.01:
            lines.append("| %s | %s |" % (area, " | ".join("%.0f %%" % (100 * share) for share in shares)))
    return "\n".join(lines)
