#!/usr/bin/env python3
"""How long a start with many registrations takes, and that it takes up where the last run ended.

    restart_time.py --ipe build/release/ipe/ipe [--endpoints 100000] [--observed 25000] [--seconds 30]

The state is made by the program (an empty database) and filled here, as if that many devices had registered: 8
objects each, and 4 observations for some of them. Then the program starts four times: after a graceful end, after
kill -9, after a loss of power (the write-ahead log is cut off in the middle), and with a CSE that is away. Printed
for each: time and processor time from exec to the first answered Update and to /readyz, memory, the longest answer
and the requests to the CSE in what follows. It fails when a device would have to register again: Updates on old
handles and confirmable notifications with old tokens must be taken. (docs/performance.md)
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

from ports import free_port

OBJECTS = ",".join("<%s>" % path for path in
                   ("/1/0", "/3/0", "/4/0", "/5/0", "/3303/0", "/3304/0", "/3306/0", "/3323/0"))
OBSERVED = ("/3/0", "/3303/0", "/3304/0", "/3306/0")
TLV = 11542
ACKNOWLEDGED, CHANGED = "0.00", "2.04"


def endpoint(i):
    return "urn:dev:ops:bench-%06d" % i


def handle(i):
    return b"h%07d" % i


def token(i, j):
    return b"%06d%02d" % (i, j)


def address(i):
    return "127.%d.%d.%d" % (1 + i // 65536, i // 256 % 256, i % 256), 56830


def fill(path, endpoints, observed):
    database = sqlite3.connect(path)
    now = int(time.time())
    columns = ("endpoint", "handle", "transport", "address", "local", "identity", "version", "lifetime",
               "binding", "queue_mode", "objects", "seen_at", "name", "ae_id", "ae_resource_id",
               "node_resource_id", "expires_at", "tree", "phase")
    row = "INSERT INTO endpoints (%s) VALUES (%s)" % (", ".join(columns), ", ".join("?" * len(columns)))
    database.executemany(row, (
        (endpoint(i), handle(i).decode(), 0, "%s:%d" % address(i), "", "", "1.1", 86400, "U", 0, OBJECTS, now,
         "ops-bench-%06d" % i, "Cops-bench-%06d" % i, "ae%d" % i, "node%d" % i, now + 86400, OBJECTS, 1)
        for i in range(endpoints)))
    database.executemany(
        "INSERT INTO observations (endpoint, token, path, accept) VALUES (?, ?, ?, ?)",
        ((endpoint(i), token(i, j), path, TLV) for i in range(observed) for j, path in enumerate(OBSERVED)))
    database.commit()
    database.close()


def cut_log(path, endpoints):
    """Leaves what a loss of power may leave: half of the write-ahead log, cut within a transaction."""
    if os.fork() == 0:  # ends without closing the database, so that the log stays
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA wal_autocheckpoint = 0")
        for i in range(0, endpoints, max(endpoints // 2000, 1)):
            database.execute("UPDATE endpoints SET seen_at = seen_at + 1 WHERE endpoint = ?", (endpoint(i),))
        os._exit(0)
    os.wait()
    size = os.path.getsize(path + "-wal")
    os.truncate(path + "-wal", size // 2 + 77)
    return size


class Device:
    """The datagrams of one registered device, from the address that it registered with."""

    def __init__(self, server, i):
        self.server, self.i = server, i
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(address(i))
        self.socket.settimeout(0.02)
        self.sequence = 1000

    def _ask(self, message, within, is_request):
        """The code of the answer; the message is repeated with its message id until there is one. A request's may come
        by itself after the acknowledgement."""
        until, acknowledged = time.monotonic() + within, False
        while time.monotonic() < until:
            try:
                if not acknowledged:
                    self.socket.sendto(message, self.server)
                answer = self.socket.recv(1500)
            except OSError:
                continue
            kind, code = answer[0] >> 4 & 3, "%d.%02d" % (answer[1] >> 5, answer[1] & 31)
            if kind == 0:
                self.socket.sendto(bytes([0x60, 0]) + answer[2:4], self.server)
            if kind == 3 and answer[2:4] == message[2:4]:
                return "reset"
            if is_request and answer[1] != 0 and answer[4:4 + (answer[0] & 15)] == message[4:4 + (message[0] & 15)]:
                return code
            if answer[2:4] == message[2:4] and answer[1] == 0:
                if not is_request:
                    return code
                acknowledged = True
        return None

    def update(self, within=60):
        head = bytes([0x44, 2]) + os.urandom(6)
        return self._ask(head + b"\xb2rd" + bytes([len(handle(self.i))]) + handle(self.i), within, True)

    def notify(self, within=60):
        """A confirmable notification of /3303/0 in TLV, with the token of the run before."""
        self.sequence += 1
        options = bytes([0x62]) + struct.pack(">H", self.sequence) + bytes([0x62]) + struct.pack(">H", TLV)
        value = bytes([0xE4]) + struct.pack(">Hf", 5700, self.sequence / 10)
        head = bytes([0x48, 0x45]) + os.urandom(2) + token(self.i, 1)
        return self._ask(head + options + b"\xff" + value, within, False)

    def close(self):
        self.socket.close()


class Program:
    def __init__(self, ipe, directory):
        self.coap, self.admin = ("127.0.0.1", free_port(socket.SOCK_DGRAM)), free_port()
        self.command, self.log = [ipe, "serve"], os.path.join(directory, "log")
        self.settings = {"cse.base": "cse-in", "lwm2m.coap": "127.0.0.1:%d" % self.coap[1], "lwm2m.coaps": "",
                         "notify.bind": "127.0.0.1:%d" % free_port(), "admin.bind": "127.0.0.1:%d" % self.admin,
                         "state.directory": directory, "log.level": "info"}

    def start(self, cse_url):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("IPE_")}
        for key, value in dict(self.settings, **{"cse.url": cse_url}).items():
            environment["IPE_" + key.upper().replace(".", "_")] = value
        self.began = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=environment, stdout=subprocess.DEVNULL, stderr=log)

    def get(self, path):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""

    def wait_for(self, path, within=60):
        while self.get(path)[0] != 200:
            assert time.monotonic() < self.began + within, "%s: %s" % (path, self.get(path))
            time.sleep(0.01)

    def metric(self, name):
        lines = [line for line in self.get("/metrics")[1].splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def usage(self):
        """(processor seconds, MiB) since exec."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            memory = [line.split()[1] for line in file if line.startswith("VmRSS")][0]
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(memory) // 1024

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(60)


class NullCse:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "null_cse.py")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def counts(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def measure(name, program, cse, options, starts):
    """One start; leaves the program running. Adds its figures to `starts`."""
    devices = [Device(program.coap, i) for i in sorted({0, options.observed // 2, options.observed - 1})]
    last = Device(program.coap, options.endpoints - 1)
    if cse is not None:
        cse.counts()
    program.start(cse.url if cse is not None else "http://127.0.0.1:1")
    answer = last.update()
    took = time.monotonic() - program.began
    cpu, memory = program.usage()
    print("%-14s first Update %s after %.2f s, CPU %.2f s, %d MiB" % (name, answer, took, cpu, memory), flush=True)
    starts.append({"after": name, "seconds": took, "processor_seconds": cpu, "resident_mib": memory})
    faults = [] if answer == CHANGED else ["Update on an old handle: %s" % answer]
    if cse is not None:
        program.wait_for("/readyz")
        print("%-14s ready after %.2f s, CPU %.2f s" % ("", time.monotonic() - program.began, program.usage()[0]),
              flush=True)
    before = program.metric("ipe_notifications_stored_total")
    for device in devices:
        answers = device.notify(), device.update()
        if answers != (ACKNOWLEDGED, CHANGED):
            faults.append("%s: notification with an old token, Update: %s" % (endpoint(device.i), answers))
    stored = program.metric("ipe_notifications_stored_total") - before
    if stored != len(devices):
        faults.append("%d of %d notifications stored" % (stored, len(devices)))
    if program.metric("ipe_registrations") != options.endpoints:
        faults.append("%d registrations" % program.metric("ipe_registrations"))
    longest, until, delivered_at = 0.0, time.monotonic() + options.seconds, None
    while time.monotonic() < until:
        asked = time.monotonic()
        if last.update() != CHANGED:
            faults.append("Update refused later")
        longest = max(longest, time.monotonic() - asked)
        if delivered_at is None and cse is not None and program.metric("ipe_outbox_rows") == 0:
            delivered_at = time.monotonic() - program.began
        time.sleep(0.005)
    cpu, memory = program.usage()
    print("%-14s in the next %.0f s: longest answer %.0f ms, CPU %.2f s, %d MiB" % (
        "", options.seconds, 1000 * longest, cpu, memory), flush=True)
    if cse is not None:
        counts = cse.counts()
        print("%-14s requests to the CSE: %d, in the busiest second %d; the notifications delivered after %s s" % (
            "", sum(counts["methods"].values()), counts["busiest second"],
            "%.2f" % delivered_at if delivered_at is not None else "more"), flush=True)
    for device in devices + [last]:
        device.close()
    for fault in faults:
        print("FAULT %s: %s" % (name, fault), flush=True)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ipe", required=True, help="path of the program ipe")
    parser.add_argument("--endpoints", type=int, default=100_000)
    parser.add_argument("--observed", type=int, default=25_000)
    parser.add_argument("--seconds", type=float, default=30, help="watched after each start")
    parser.add_argument("--json", metavar="FILE", help="the times of the starts, for another program")
    options = parser.parse_args()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = tempfile.mkdtemp(prefix="ipe-restart-", dir=memory)
    database = os.path.join(directory, "ipe.db")
    program, cse = Program(os.path.abspath(options.ipe), directory), NullCse()
    faults, starts = [], []
    try:
        program.start("http://127.0.0.1:1")
        program.wait_for("/healthz")
        program.end(signal.SIGTERM)
        fill(database, options.endpoints, options.observed)
        faults += measure("graceful end", program, cse, options, starts)
        program.end(signal.SIGKILL)
        faults += measure("kill -9", program, cse, options, starts)
        program.end(signal.SIGKILL)
        log = cut_log(database, options.endpoints)
        print("%-14s of %.1f MB of the write-ahead log half is left" % ("loss of power", log / 1e6))
        faults += measure("loss of power", program, cse, options, starts)
        program.end(signal.SIGTERM)
        faults += measure("no CSE", program, None, options, starts)
        began = time.monotonic()
        print("ended with %d after %.1f s" % (program.end(signal.SIGTERM), time.monotonic() - began))
    finally:
        for process in (program.process, cse.process):
            if process.poll() is None:
                process.kill()
        shutil.rmtree(directory, ignore_errors=True)
    if options.json is not None:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(starts, file)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
