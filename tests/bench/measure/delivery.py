"""From a notification to its contentInstance, provisioning, and what all that asks of the CSE."""

import json
import statistics
import time

from .programs import OBSERVE_NOTHING, Missing, Nginx, NullCse, Service, Swarm, observe, wrk
from .table import Figure, Unmeasured

MICRO = 1e6
SENSOR = 3303
SUBSCRIPTION = 23
VALUES = 10  # of each endpoint, to count requests


def throughput_cse():
    """(CSE, note): nginx, or our own where it is missing, which is then named."""
    try:
        return Nginx(), ""
    except Missing as reason:
        return NullCse(), "into our null CSE: %s" % reason


def prepared(service, swarm, devices):
    """Registers, waits until all are observed and each has its container in the CSE."""
    answer = swarm.do("register", window=64)
    assert answer["answered"] == devices, answer
    swarm.wait_observed(devices)
    service.wait_drained()
    answer = swarm.do("notify", window=64)
    assert answer["answered"] == devices, answer
    service.wait_drained()


def deliver(service, swarm, seconds):
    """Notifications as fast as they are taken: (values/s to the last contentInstance, µs of processor time each)."""
    refused = service.metric("ipe_deliveries_refused_total")
    used, began = service.processor_seconds(), time.monotonic()
    answer = swarm.do("notify", seconds=seconds, window=256)
    service.wait_drained()
    took = time.monotonic() - began
    used = service.processor_seconds() - used
    assert answer["refused"] == answer["timed_out"] == 0, answer
    assert service.metric("ipe_deliveries_refused_total") == refused and service.metric("ipe_outbox_shed_rows") == 0
    return answer["answered"] / took, MICRO * used / answer["answered"]


def settings(**more):
    return dict({"registration.policy": "eventual", "interworking.profile": observe(SENSOR)}, **more)


def notifications(scale):
    devices = scale.reporting
    cse, note = throughput_cse()
    rows, wire = [], []
    with cse:
        with Service(cse.url, **settings()) as service, Swarm(service, devices) as swarm:
            service.wait_ready()
            prepared(service, swarm, devices)
            results = []
            for _ in range(scale.repetitions):
                results.append(deliver(service, swarm, scale.seconds))
                try:
                    wire.append(wrk(cse.url, min(scale.seconds, 2)))
                except Missing as reason:
                    wire = reason
        durable = [rate for rate, _ in results]
        with Service(cse.url, **settings(**{"state.directory": "memory"})) as service, Swarm(service, devices) as swarm:
            service.wait_ready()
            prepared(service, swarm, devices)
            in_memory = [deliver(service, swarm, scale.seconds) for _ in range(scale.repetitions)]
    rows += [Figure("notifications_durable", "notification → contentInstance, durable outbox", "/s", durable, ">= 10000", note),
             Figure("notification_cpu", "processor time per notification, durable outbox", "µs", [cpu for _, cpu in results],
                    "<= 80"),
             Figure("notifications_memory", "notification → contentInstance, outbox in memory", "/s",
                    [rate for rate, _ in in_memory], ">= 15000", note),
             Figure("notification_cpu_memory", "processor time per notification, outbox in memory", "µs",
                    [cpu for _, cpu in in_memory])]
    if isinstance(wire, Missing):
        rows.append(Unmeasured("wrk_share", "share of what wrk creates over one connection", str(wire)))
    else:
        rows += [Figure("wrk", "what wrk creates in the same CSE over one connection", "/s", wire),
                 Figure("wrk_share", "share of that, durable outbox", "", [x / y for x, y in zip(durable, wire)], ">= 0.3")]
    return rows + added_latency(scale, statistics.median(durable))


def added_latency(scale, reached):
    """At half of the load of the goal, or of what was reached if that is less; timed by the CSE."""
    devices, load = scale.reporting, min(5000, reached / 2)
    with NullCse() as cse, Service(cse.url, **settings()) as service, Swarm(service, devices) as swarm:
        service.wait_ready()
        prepared(service, swarm, devices)
        p50, p99 = [], []
        for _ in range(scale.repetitions):
            cse.counts()
            answer = swarm.do("notify", seconds=scale.seconds, rate=load, window=devices)
            service.wait_drained()
            counts = cse.counts()
            assert counts["timed_values"] == answer["answered"], (counts, answer)
            p50.append(counts["latency_ms"]["p50"])
            p99.append(counts["latency_ms"]["p99"])
    note = "at {:,.0f}/s".format(load)
    return [Figure("notification_p50", "datagram sent → contentInstance arrived, half of them", "ms", p50, None, note),
            Figure("notification_p99", "datagram sent → contentInstance arrived, 99 %", "ms", p99, "<= 5", note)]


def provisioning(scale):
    """Strict: 2.01 comes when the tree is there. The time runs until the last of its requests."""
    endpoints = scale.provisioned
    cse, note = throughput_cse()
    answered, cpu = [], []
    with cse:
        for _ in range(scale.repetitions):
            with Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING}) as service, Swarm(service, endpoints) as swarm:
                service.wait_ready()
                used = service.processor_seconds()
                answer = swarm.do("register", window=128)
                assert answer["answered"] == endpoints, answer
                answered.append(answer["rate"])
                cpu.append(MICRO * (service.processor_seconds() - used) / endpoints)
    with NullCse() as cse, Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING}) as service, \
            Swarm(service, endpoints) as swarm:
        service.wait_ready()
        cse.wait_quiet()
        began = time.monotonic()
        swarm.do("register", window=128)
        whole = endpoints / (cse.wait_quiet()["last_at"] - began)
    return [Figure("provisioning", "endpoints/s provisioned, strict policy", "/s", answered, ">= 500", note),
            Figure("provisioning_whole", "the same until the last request of all, into our null CSE", "/s", whole),
            Figure("provisioning_cpu", "processor time per endpoint provisioned", "µs", cpu)]


def requests(scale):
    """Counted by the CSE."""
    endpoints = scale.counted
    with NullCse() as cse, Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING}) as service, \
            Swarm(service, endpoints) as swarm:
        service.wait_ready()
        cse.wait_quiet()
        assert swarm.do("register", window=16)["answered"] == endpoints
        registered = cse.wait_quiet()
        assert swarm.do("update", window=16)["answered"] == endpoints
        updated = cse.wait_quiet()
    with NullCse() as cse, Service(cse.url, **settings()) as service, Swarm(service, endpoints) as swarm:
        service.wait_ready()
        prepared(service, swarm, endpoints)
        cse.wait_quiet()
        for _ in range(VALUES):
            assert swarm.do("notify", window=16)["answered"] == endpoints
        service.wait_drained()
        told = cse.wait_quiet()
    kinds = ", ".join("%d × %s" % (round(count / endpoints), kind)
                      for kind, count in sorted(registered["kinds"].items()) if count >= endpoints)
    return [Figure("requests_per_endpoint", "requests to the CSE per endpoint of 8 objects", "",
                   round(registered["requests"] / endpoints, 1), "<= 22",
                   kinds + "; to one decimal: the looks every 10 s are among them"),
            Figure("requests_per_update", "per Update that changes nothing", "", updated["requests"] / endpoints, "<= 0"),
            Figure("requests_per_command", "per command", "", requests_per_command(scale.commands), "<= 2",
                   "a Write through `requests`, Python CSE with a tree"),
            Figure("requests_per_value", "per value", "", round(told["requests"] / endpoints / VALUES, 2), "<= 1",
                   "the looks every 10 s are among them")]


def requests_per_command(commands):
    """Requests of the service, not those of the application nor what the CSE sends."""
    from mca import Application
    from mca_cse import Cse
    cse = Cse()
    cse.start()
    try:
        with Service(cse.url, **{"interworking.profile": OBSERVE_NOTHING, "access.writers": "Capp"}) as service, \
                Swarm(service, 1) as swarm:
            service.wait_ready()
            app = Application(cse.url, cse.base_name, "Capp")
            app.register()
            assert swarm.do("register")["answered"] == 1
            ae = "dev-ops-swarm-000000"
            if not cse.wait(lambda: is_subscribed(cse.find(ae + "/requests"))):
                raise AssertionError("the service does not subscribe to requests")
            before = len(by_service(cse))
            while not time.sleep(1) and len(by_service(cse)) != before:
                before = len(by_service(cse))
            for number in range(commands):
                app.write(ae + "/requests", json.dumps({"op": "write", "path": "/1/0/1", "value": 86400 + number}))
            cse.wait_contents(ae + "/responses", commands)
            return (len(by_service(cse)) - before) / commands
    finally:
        cse.stop()


def is_subscribed(container):
    return container is not None and any(child.ty == SUBSCRIPTION for child in container.children.values())


def by_service(cse):
    return [request for request in cse.asked() if request.originator != "Capp"]
