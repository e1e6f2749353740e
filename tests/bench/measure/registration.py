"""Registrations and Updates: rates, what they cost, what an endpoint weighs, herds."""

import socket
import statistics
import time

from .programs import NO_CSE, OBSERVE_NOTHING, NullCse, Service, Swarm, observe
from .table import Figure

MICRO = 1e6
WINDOW = 64


def eventual(**settings):
    """The settings of most rows: a registration is always accepted, the store is on, nothing is observed."""
    return Service(NO_CSE, **dict({"registration.policy": "eventual", "interworking.profile": OBSERVE_NOTHING}, **settings))


class Live:
    """A service with that many endpoints registered, and their swarm."""

    def __init__(self, endpoints):
        self.endpoints = endpoints
        self.service = eventual()

    def __enter__(self):
        self.service.__enter__()
        self.empty_bytes = self.service.settled_bytes()
        self.swarm = Swarm(self.service, self.endpoints).__enter__()
        # The last tenth by itself: what a new registration costs when nearly all are there.
        before = self.swarm.do("register", count=self.endpoints - self.endpoints // 10, window=WINDOW)
        self.filling = self.measure("register", first=self.endpoints - self.endpoints // 10)
        registered = before["answered"] + self.filling["answered"]
        assert registered == self.endpoints, "%d of %d registered: %s" % (registered, self.endpoints, self.filling)
        self.bytes_per_endpoint = (self.service.settled_bytes() - self.empty_bytes) / self.endpoints
        return self

    def __exit__(self, *unused):
        self.swarm.__exit__()
        self.service.__exit__(None)

    def measure(self, verb, **numbers):
        """The swarm's answer with the program's processor time per answer in microseconds."""
        before = self.service.processor_seconds()
        answer = self.swarm.do(verb, window=WINDOW, **numbers)
        used = self.service.processor_seconds() - before
        answer["processor_us"] = MICRO * used / max(answer["answered"], 1)
        assert answer["answered"] > 0 and answer["refused"] == 0 and answer["timed_out"] == 0, answer
        return answer


def rates(scale):
    """Registrations at 100, 1,000 and 100,000 live, in turn, so that the ratios are of one run; Updates at 100,000."""
    few, more, many = 100, 1000, scale.endpoints
    with Live(few) as a, Live(more) as b, Live(many) as c:
        taken = {live.endpoints: [] for live in (a, b, c)}
        updates = []
        for _ in range(scale.repetitions):
            for live in (a, b, c):
                taken[live.endpoints].append(live.measure("register", seconds=scale.seconds))
            updates.append(c.measure("update", seconds=scale.seconds))
        rate = {n: [answer["rate"] for answer in answers] for n, answers in taken.items()}
        many_text = "{:,}".format(many)
        rows = [Figure("registrations_at_%d" % n, "registrations/s, {:,} live".format(n), "/s", rate[n],
                       ">= 30000" if n == many else None) for n in (few, more, many)]
        rows += [Figure("registrations_ratio_%d" % n, "the same, %s live against %s" % (many_text, "{:,}".format(n)), "",
                        [x / y for x, y in zip(rate[many], rate[n])], ">= 0.9") for n in (few, more)]
        rows += [
            Figure("registrations_new", "registrations/s of new endpoints, the last tenth of %s" % many_text, "/s",
                   c.filling["rate"], ">= 30000"),
            Figure("registration_cpu", "processor time per registration, %s live" % many_text, "µs",
                   [answer["processor_us"] for answer in taken[many]]),
            Figure("updates", "Updates/s, %s live" % many_text, "/s", [answer["rate"] for answer in updates], ">= 60000"),
            Figure("update_cpu", "processor time per Update, %s live" % many_text, "µs",
                   [answer["processor_us"] for answer in updates]),
            Figure("update_p99", "Update answered, 99 %", "ms", [answer["latency_ms"]["p99"] for answer in updates]),
            Figure("memory_per_endpoint", "resident memory per endpoint of 8 objects, no observation", "octets",
                   c.bytes_per_endpoint, "<= 1024"),
            Figure("memory_base", "base memory: an empty service, no CSE", "MB", [live.empty_bytes / 1e6 for live in (a, b, c)],
                   "<= 25"),
        ]
        return rows


def observed_memory(scale):
    """Four objects observed; the CSE is away, which does not keep the service from observing."""
    endpoints = scale.observed
    with eventual(**{"interworking.profile": observe(3, 3303, 3304, 3306)}) as service:
        empty = service.settled_bytes()
        with Swarm(service, endpoints) as swarm:
            before = service.processor_seconds()
            answer = swarm.do("register", window=WINDOW)
            assert answer["answered"] == endpoints, answer
            swarm.wait_observed(4 * endpoints, 120 + endpoints / 500)
            used = service.processor_seconds() - before
            octets = (service.settled_bytes() - empty) / endpoints
            note = "{:,} endpoints".format(endpoints)
            return [Figure("memory_per_observed_endpoint", "resident memory per endpoint with 4 observations", "octets", octets,
                           "<= 2048", note),
                    Figure("observing_cpu", "processor time per registration that leads to 4 observations", "µs",
                           MICRO * used / endpoints, None, "without CSE")]


def strict(scale):
    """10,000 devices come to a slow CSE, as many of them wait for its verdict as may, the trees of the others are still to be
    made; others register meanwhile; at the end nobody is lost."""
    outstanding = scale.outstanding
    with NullCse(rate=400) as cse, \
            Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING}) as service, \
            Swarm(service, outstanding) as waiting, Swarm(service, 10 * outstanding, "urn:dev:ops:other-") as others:
        service.wait_ready()
        waiting.begin("register", window=0)
        service.wait_until(lambda: service.metric("ipe_coap_requests") >= outstanding, 60, "all have asked")
        held = service.metric("ipe_registrations_waiting")
        # Whoever gets a place among those that wait keeps its place in the window, too.
        answer = others.do("register", window=4 * WINDOW, seconds=1)
        first = waiting.answer()
        # An Update of each would tell as well, but waits for the CSE while the tree is not there.
        lost = answer["refused"] + answer["timed_out"] + first["refused"] + first["timed_out"]
        lost += abs(first["registered"] + answer["registered"] - service.metric("ipe_registrations"))
        return [Figure("strict_accepted", "registrations/s accepted beside {:,} that a CSE of 400 requests/s has not built yet"
                       .format(outstanding), "/s", answer["rate"], ">= 20000", "{:,.0f} wait for it".format(held)),
                Figure("strict_lost", "of these and those that waited, lost", "devices", lost, "<= 0",
                       "{:,} devices".format(first["begun"] + answer["begun"])),
                Figure("strict_repeated", "retransmissions, and answers 5.03, of those that waited, per device", "",
                       (first["retransmissions"] + first["postponements"]) / outstanding)]


def herd(scale):
    """All at once, the settings as they are by default; then an Update of each tells whether it is known."""
    devices = scale.endpoints
    with NullCse() as cse, Service(cse.url) as service, Swarm(service, devices) as swarm:
        service.wait_ready()
        before = service.processor_seconds()
        answer = swarm.do("register", window=0)
        used = service.processor_seconds() - before
        lost = answer["refused"] + answer["timed_out"] + swarm.do("update", window=WINDOW)["refused"]
        note = "{:,} devices".format(devices)
        return [Figure("herd_seconds", "a herd at once: until the last is registered", "s", answer["seconds"], None, note),
                Figure("herd_retransmissions", "its retransmissions per device", "", answer["retransmissions"] / devices, None),
                Figure("herd_postponed", "its answers 5.03 per device", "", answer["postponements"] / devices),
                Figure("herd_lost", "its lost devices", "devices", lost, "<= 0"),
                Figure("herd_cpu", "processor time per device of the herd, all work included", "µs", MICRO * used / devices)]


def start(scale):
    """From exec to the first answer of an empty service."""
    times = []
    for _ in range(scale.starts):
        service = eventual()
        try:
            began = time.monotonic()
            service.spawn()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ping:
                ping.settimeout(0.002)
                ping.connect(service.coap)
                while True:  # RFC 7252 §4.3: an Empty confirmable message is answered with Reset
                    try:
                        ping.send(b"\x40\x00\x12\x34")
                        ping.recv(64)
                        break
                    except OSError:
                        assert service.process.poll() is None and time.monotonic() < began + 30, service.log_text()
            times.append(1000 * (time.monotonic() - began))
        finally:
            service.__exit__(None)
    return [Figure("start_empty", "start of an empty service to its first answer", "ms", times, "<= 100")]


def growth(scale):
    """Processor time per Register, Update and notification as the number of endpoints grows: {name: [(n, µs)]}."""
    found = {"Register": [], "Update": [], "notification": []}
    sizes = scale.growth
    with eventual(**{"interworking.profile": observe(3303)}) as service, Swarm(service, sizes[-1]) as swarm:
        registered = 0
        for size in sizes:
            swarm.do("register", first=registered, count=size - registered, window=WINDOW)
            registered = size
            swarm.wait_observed(size, 120 + size / 500)
            for verb, name in (("notify", "notification"), ("update", "Update")):
                samples = []
                for _ in range(scale.repetitions):
                    before = service.processor_seconds()
                    answer = swarm.do(verb, count=size, seconds=scale.seconds, window=WINDOW)
                    samples.append(MICRO * (service.processor_seconds() - before) / max(answer["answered"], 1))
                found[name].append((size, statistics.median(samples)))
    with eventual() as service, Swarm(service, sizes[-1]) as swarm:
        registered = 0
        for size in sizes:
            swarm.do("register", first=registered, count=size - registered, window=WINDOW)
            registered = size
            samples = []
            for _ in range(scale.repetitions):
                before = service.processor_seconds()
                answer = swarm.do("register", count=size, seconds=scale.seconds, window=WINDOW)
                samples.append(MICRO * (service.processor_seconds() - before) / max(answer["answered"], 1))
            found["Register"].append((size, statistics.median(samples)))
    return found
