"""The program under test as a process: configuration, readiness, log, metrics, end."""

import argparse
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from ports import free_port

_program = None


def program():
    """The path given with --ipe."""
    return _program


def main():
    """unittest.main() for scripts that take --ipe PATH beside unittest's own arguments."""
    global _program
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--ipe", required=True, help="path of the program ipe")
    known, rest = parser.parse_known_args()
    _program = os.path.abspath(known.ipe)
    # The script is __main__ while it imports this module by name: one module, one _program.
    unittest.main(argv=[sys.argv[0]] + rest)


class Ipe:
    """`ipe serve` on ports that were free, with a state directory of its own.

    `settings` are keys of the configuration ("registration.patience": "2s"), given as environment
    variables; `yaml` is the text of a configuration file. kill() and start() again keep ports and state.
    """

    def __init__(self, cse_url, settings=None, yaml=None, base="cse-in"):
        # In memory where there is such a place: kill -9 loses nothing there either, and a busy disk
        # makes no test slow.
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.directory = tempfile.mkdtemp(prefix="ipe-test-", dir=memory)
        self.coap = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
        self.admin_port = free_port()
        self.settings = {
            "cse.url": cse_url,
            "cse.base": base,
            "lwm2m.coap": "127.0.0.1:%d" % self.coap[1],
            "lwm2m.coaps": "",
            "notify.bind": "127.0.0.1:%d" % free_port(),
            "admin.bind": "127.0.0.1:%d" % self.admin_port,
            "state.directory": os.path.join(self.directory, "state"),
            "access.writers": "Capp",
            "log.level": "debug",
        }
        self.settings.update(settings or {})
        self.yaml = yaml
        self.log = []
        self._log_changed = threading.Condition()
        self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(self, kind, *unused):
        try:
            status = self.process.poll() if self.process is not None else 0
            if status is None:
                status = self.stop()
            # -9: a test has killed it.
            if kind is None and status not in (0, -9):
                raise AssertionError("it ended with status %d" % status)
        except BaseException as error:
            kind = type(error)
            raise
        finally:
            if kind is not None:
                sys.stderr.write("---- log of ipe ----\n%s\n" % self.log_text(60))
            self._clean()

    def _clean(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("IPE_")}
        for key, value in self.settings.items():
            environment["IPE_" + key.upper().replace(".", "_")] = str(value)
        return environment

    def command(self, *arguments):
        line = [program(), *arguments]
        if self.yaml is not None:
            path = os.path.join(self.directory, "ipe.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(self.yaml)
            line += ["--config", path]
        return line

    def run(self, *arguments, timeout=60):
        """Another subcommand with the same configuration: (status, output)."""
        done = subprocess.run(self.command(*arguments), env=self.environment(), timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode()

    def start(self, ready=True):
        self.process = subprocess.Popen(self.command("serve"), env=self.environment(),
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._read_log, args=(self.process.stdout,), daemon=True).start()
        if ready:
            self.wait_ready()

    def _read_log(self, stream):
        with stream:
            for line in stream:
                with self._log_changed:
                    self.log.append(line.decode(errors="replace").rstrip())
                    self._log_changed.notify_all()

    def log_text(self, last=30):
        with self._log_changed:
            return "\n".join(self.log[-last:])

    def wait_log(self, pattern, timeout=30.0):
        """The first log line, old or new, that the regular expression finds."""
        def found():
            return next((line for line in self.log if re.search(pattern, line)), None)
        with self._log_changed:
            line = self._log_changed.wait_for(found, timeout)
        if line is None:
            raise AssertionError("no log line matches %r" % pattern)
        return line

    def get(self, path):
        """(status, text) of the admin server; raises OSError when it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def is_listening(self):
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def wait_until(self, predicate, timeout=30.0, what="condition"):
        """Polls what only the program knows; the deadline is generous, the interval short."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError("it ended with status %d:\n%s"
                                     % (self.process.returncode, self.log_text()))
            try:
                value = predicate()
                if value:
                    return value
            except OSError:
                pass
            time.sleep(0.02)
        raise AssertionError("not within %s s: %s\n%s" % (timeout, what, self.log_text()))

    def wait_ready(self, timeout=120.0):
        self.wait_until(lambda: self.get("/readyz")[0] == 200, timeout, "/readyz is 200")

    def wait_alive(self, timeout=120.0):
        self.wait_until(self.is_listening, timeout, "/healthz is 200")

    def metrics(self):
        """{name: {labels text: value}}"""
        found = {}
        for line in self.get("/metrics")[1].splitlines():
            match = re.match(r"([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)", line)
            if match and not line.startswith("#"):
                found.setdefault(match[1], {})[match[2] or ""] = float(match[3])
        return found

    def metric(self, name, labels=""):
        """Sum over the label sets that contain `labels`; 0 when there is none."""
        return sum(value for where, value in self.metrics().get(name, {}).items()
                   if labels in where)

    def wait_metric(self, name, at_least=1, labels="", timeout=30.0):
        self.wait_until(lambda: self.metric(name, labels) >= at_least, timeout,
                        "%s%s >= %s" % (name, labels, at_least))

    def stop(self, timeout=120.0):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        self.process.kill()
        self.process.wait()
