#!/usr/bin/env python3
"""How long a start with many registrations takes: time to the first answered Update, CPU time, memory.

    restart_time.py --ipe build/release/ipe/ipe [--endpoints 100000] [--observed 25000] [--cse URL]

Not a test: it prints what it measured. The state is made by the program (an empty database) and filled here, as if
that many devices had registered: 8 objects each, and 4 observations for some of them.
"""

import argparse
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import http.client

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from ports import free_port

OBJECTS = ",".join("<%s>" % path for path in
                   ("/1/0", "/3/0", "/4/0", "/5/0", "/3303/0", "/3304/0", "/3306/0", "/3323/0"))
OBSERVED = ("/3/0", "/3303/0", "/3304/0", "/3306/0")


def environment(settings):
    found = {k: v for k, v in os.environ.items() if not k.startswith("IPE_")}
    for key, value in settings.items():
        found["IPE_" + key.upper().replace(".", "_")] = str(value)
    return found


def listening(port):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def fill(path, endpoints, observed):
    database = sqlite3.connect(path)
    now = int(time.time())
    columns = ("endpoint", "handle", "transport", "address", "local", "identity", "version", "lifetime",
               "binding", "queue_mode", "objects", "seen_at", "name", "ae_id", "ae_resource_id",
               "node_resource_id", "expires_at", "tree", "phase")
    row = "INSERT INTO endpoints (%s) VALUES (%s)" % (", ".join(columns), ", ".join("?" * len(columns)))
    database.executemany(row, (
        ("urn:dev:ops:bench-%06d" % i, "h%07d" % i, 0, "127.%d.%d.%d:56830" % (1 + i // 65536, i // 256 % 256, i % 256),
         "", "", "1.1", 86400, "U", 0, OBJECTS, now, "ops-bench-%06d" % i, "Cops-bench-%06d" % i, "ae%d" % i,
         "node%d" % i, now + 86400, OBJECTS, 1) for i in range(endpoints)))
    database.executemany(
        "INSERT INTO observations (endpoint, token, path, accept) VALUES (?, ?, ?, ?)",
        (("urn:dev:ops:bench-%06d" % i, b"%06d%02d" % (i, j), path, 11542)
         for i in range(observed) for j, path in enumerate(OBSERVED)))
    database.commit()
    database.close()


def usage(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        memory = [line.split()[1] for line in file if line.startswith("VmRSS")][0]
    return (int(fields[11]) + int(fields[12])) / ticks, int(memory) // 1024


def update_answered(sock, coap, handle):
    """One try: is the Update on an old handle answered 2.04?"""
    sock.settimeout(0.05)
    message = bytes([0x41, 2]) + os.urandom(2) + b"t" + bytes([0xB2]) + b"rd" + bytes([len(handle)]) + handle
    try:
        sock.sendto(message, coap)
        return sock.recv(1500)[1]
    except OSError:
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ipe", required=True)
    parser.add_argument("--endpoints", type=int, default=100_000)
    parser.add_argument("--observed", type=int, default=25_000)
    parser.add_argument("--cse", default="http://127.0.0.1:1")
    parser.add_argument("--seconds", type=float, default=5, help="watched after the start")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="ipe-restart-")
    coap, admin = ("127.0.0.1", free_port(socket.SOCK_DGRAM)), free_port()
    settings = {"cse.url": options.cse, "cse.base": "cse-in", "lwm2m.coap": "127.0.0.1:%d" % coap[1], "lwm2m.coaps": "",
                "notify.bind": "127.0.0.1:%d" % free_port(), "admin.bind": "127.0.0.1:%d" % admin,
                "state.directory": directory, "log.level": "info"}
    command = [options.ipe, "serve"]
    first = subprocess.Popen(command, env=environment(settings), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    while not listening(admin):
        time.sleep(0.02)
    first.kill()
    first.wait()
    fill(os.path.join(directory, "ipe.db"), options.endpoints, options.observed)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    last = options.endpoints - 1
    sock.bind(("127.%d.%d.%d" % (1 + last // 65536, last // 256 % 256, last % 256), 56830))
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment(settings), stdout=subprocess.DEVNULL,
                               stderr=open(os.path.join(directory, "log"), "wb"))
    answer = None
    while answer is None and time.monotonic() < began + 60:
        answer = update_answered(sock, coap, b"h%07d" % last)
    took = time.monotonic() - began
    cpu, memory = usage(process.pid)
    print("first Update answered %d.%02d after %.2f s; CPU %.2f s; %d MiB"
          % (answer >> 5, answer & 31, took, cpu, memory), flush=True)
    longest = 0.0
    until = time.monotonic() + options.seconds
    while time.monotonic() < until:
        asked = time.monotonic()
        while update_answered(sock, coap, b"h%07d" % last) is None and time.monotonic() < asked + 30:
            pass
        longest = max(longest, time.monotonic() - asked)
    cpu, memory = usage(process.pid)
    print("longest answer in the next %.0f s: %.0f ms; CPU %.2f s; %d MiB" % (options.seconds, 1000 * longest, cpu, memory),
          flush=True)
    process.terminate()
    began = time.monotonic()
    process.wait()
    print("ended with %d after %.1f s; state %s" % (process.returncode, time.monotonic() - began, directory))


if __name__ == "__main__":
    main()
