"""DTLS with pre-shared keys: tests/bench/dtls_load against the service."""

import json
import os
import socket
import subprocess

from .programs import NO_CSE, OBSERVE_NOTHING, Builds, Service, free_port
from .table import Figure

KEY = "00112233445566778899aabbccddeeff"
PREFIX = "urn:dev:ops:dtls-"


def dtls(scale):
    """Goals are for the first number of sessions; the others show how it goes on."""
    rows = []
    for number, sessions in enumerate(scale.sessions):
        answers = [load_sessions(sessions, scale.seconds) for _ in range(scale.repetitions if number == 0 else 1)]
        note = "{:,} sessions".format(sessions)

        def row(name, title, unit, values, goal=None):
            rows.append(Figure("%s_%d" % (name, sessions), title, unit, values, goal if number == 0 else None, note))

        row("dtls_handshakes", "DTLS PSK: full handshakes per second of the loop thread", "/s",
            [answer["handshakes"].get("per_loop_second") for answer in answers], ">= 2500")
        row("dtls_handshakes_wall", "the same on the clock, the load on the same machine", "/s",
            [answer["handshakes"]["per_second"] for answer in answers])
        row("dtls_requests", "DTLS PSK: Updates/s", "/s", [answer["requests"]["per_second"] for answer in answers], ">= 30000")
        row("dtls_memory", "memory per kept session", "octets", [answer["octets_per_session"] for answer in answers], "<= 12288")
    return rows


def load_sessions(sessions, seconds):
    program, port = Builds.bench("dtls_load"), free_port(socket.SOCK_DGRAM)
    common = ["--psk-prefix", PREFIX, "--key", KEY, "--sessions", str(sessions)]
    service = Service(NO_CSE, **{"registration.policy": "eventual", "interworking.profile": OBSERVE_NOTHING,
                                 "lwm2m.coaps": "127.0.0.1:%d" % port})
    service.settings["lwm2m.credentials"] = credentials = os.path.join(service.directory, "credentials.yaml")
    subprocess.run([program, *common, "--write-credentials", credentials], check=True)
    with service:
        done = subprocess.run([program, "--server", "127.0.0.1:%d" % port, *common, "--requests-seconds", str(seconds),
                               "--pid", str(service.process.pid)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError("dtls_load: %s%s" % (done.stdout, done.stderr))
        return json.loads(done.stdout)
