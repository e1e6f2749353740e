"""The programs of the bench: the service, the swarm, CSEs without a tree, wrk. Each ends with its `with` block."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import ipe_process  # noqa: E402
from ports import free_port  # noqa: E402

NO_CSE = "http://127.0.0.1:1"
TICKS = os.sysconf("SC_CLK_TCK")

# Which objects are observed: none, or these. (Rules: docs/configuration.md)
OBSERVE_NOTHING = "[{objects: [0-65534], observe: false}]"


def observe(*objects):
    return "[{objects: [0-65534], observe: false}, {objects: [%s], observe: true}]" % ", ".join(map(str, objects))


class Missing(Exception):
    """A figure cannot be had here; the text says why."""


def tool(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise Missing("%s is not installed (docker/install-deps bench)" % name)
    return path


class Builds:
    """Where the programs lie; set once by `run`."""
    ipe = None
    directory = None

    @classmethod
    def bench(cls, name):
        path = os.path.join(cls.directory, "tests", "bench", name)
        if not os.access(path, os.X_OK):
            raise Missing("%s is not built" % path)
        return path


def end(process, patience=20):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Service(ipe_process.Ipe):
    """`ipe serve` as it is configured by default, but for ports, state and what a figure needs; its log goes to a file."""

    def __init__(self, cse_url=NO_CSE, **settings):
        ipe_process._program = Builds.ipe
        super().__init__(cse_url, {"log.level": "info", "access.writers": ""})
        self.settings.update(settings)

    def spawn(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(self.command("serve"), env=self.environment(), stdout=log, stderr=log)

    def start(self, ready=False):
        self.spawn()
        if ready:
            self.wait_ready()
        else:
            self.wait_alive()

    def log_text(self, last=30):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-last:])

    def __exit__(self, kind, *unused):
        end(self.process)
        self._clean()

    @property
    def server(self):
        return "%s:%d" % self.coap

    def processor_seconds(self):
        return processor_seconds(self.process.pid)

    def resident_bytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return [int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS")][0]

    def settled_bytes(self):
        """Resident memory once it does not change any more for half a second."""
        before, until = 0, time.monotonic() + 10
        while time.monotonic() < until:
            now = self.resident_bytes()
            if now == before:
                break
            before = now
            time.sleep(0.5)
        return self.resident_bytes()

    def wait_drained(self, timeout=180):
        self.wait_until(lambda: self.metric("ipe_outbox_rows") == 0, timeout, "the outbox is empty")


def processor_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Orders:
    """A program that answers each line on its standard input with a line of JSON."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        end(self.process)

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("%s ended with status %s" % (self.process.args[0], self.process.wait()))
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError("%s: %s" % (self.process.args[0], answer["error"]))
        return answer


class Swarm(Orders):
    def __init__(self, service, devices, prefix="urn:dev:ops:swarm-"):
        super().__init__(Builds.bench("swarm"), "--server", service.server, "--devices", str(devices), "--prefix", prefix)

    def begin(self, verb, **numbers):
        self.tell(" ".join([verb] + ["%s=%s" % item for item in numbers.items()]))

    def do(self, verb, **numbers):
        self.begin(verb, **numbers)
        return self.answer()

    def wait_observed(self, count, timeout=120):
        until = time.monotonic() + timeout
        while self.do("serve", seconds=0.2)["observations"] < count:
            if time.monotonic() > until:
                raise AssertionError("%d observations wanted: %s" % (count, self.do("serve")))


class NullCse(Orders):
    """tests/bench/null_cse: counts requests and times values."""

    def __init__(self, rate=0):
        super().__init__(Builds.bench("null_cse"), "--rate", str(rate))
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())
        self.name = "null_cse"

    def counts(self):
        self.tell("")
        return self.answer()

    def wait_quiet(self, seconds=0.5, timeout=300):
        """What came until nothing came for that long."""
        until, total = time.monotonic() + timeout, None
        while True:
            counts = self.counts()
            total = counts if total is None else added(total, counts)
            if counts["requests"] == 0:
                return total
            if time.monotonic() > until:
                raise AssertionError("the CSE is not left alone: %s" % counts)
            time.sleep(seconds)


def added(a, b):
    kinds = {kind: a["kinds"].get(kind, 0) + b["kinds"].get(kind, 0) for kind in {**a["kinds"], **b["kinds"]}}
    return {"requests": a["requests"] + b["requests"], "kinds": kinds,
            "last_at": b["last_at"] or a["last_at"]}


class Nginx:
    """nginx that answers as a CSE would, from tests/bench/null_cse.nginx."""

    def __init__(self):
        program = tool("nginx")
        self.directory, port = tempfile.mkdtemp(prefix="ipe-bench-nginx-"), free_port()
        with open(os.path.join(HERE, "..", "null_cse.nginx"), encoding="utf-8") as file:
            text = file.read().replace("@DIRECTORY@", self.directory).replace("@PORT@", str(port))
        path = os.path.join(self.directory, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.process = subprocess.Popen([program, "-c", path, "-e", os.path.join(self.directory, "log")])
        self.url = "http://127.0.0.1:%d" % port
        self.name = "nginx"
        wait_for_port(port, self.process)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        end(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_for_port(port, process, timeout=10):
    until = time.monotonic() + timeout
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError("nothing listens on port %d" % port) from None
            time.sleep(0.02)


CONTENT_INSTANCE = ('{"m2m:cin":{"rn":"0069f1c2a3-0000000042","con":"13537.081293","cnf":"text/plain:0",'
                    '"lbl":["Iwked-Technology:LWM2M"]}}')


def wrk(url, seconds, connections=1):
    """Requests a second that wrk gets answered when it creates one contentInstance after the other."""
    script = """wrk.method = "POST"
wrk.body = '%s'
wrk.headers["Content-Type"] = "application/json;ty=4"
wrk.headers["Accept"] = "application/json"
wrk.headers["X-M2M-Origin"] = "Cdev-ops-swarm-000000"
wrk.headers["X-M2M-RI"] = "1234567890"
wrk.headers["X-M2M-RVI"] = "3"
""" % CONTENT_INSTANCE
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        done = subprocess.run([tool("wrk"), "-t1", "-c%d" % connections, "-d%ds" % max(1, round(seconds)), "-s", file.name,
                               url + "/cse-in/dev-ops-swarm-000000/3303/0/5700"], capture_output=True, text=True, check=True)
    rate = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Requests/sec:")]
    if not rate or "Non-2xx" in done.stdout:
        raise AssertionError("wrk: %s" % done.stdout)
    return float(rate[0])
