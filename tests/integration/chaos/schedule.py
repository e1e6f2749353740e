"""What happens to the program, the CSE, the network and the devices, and when: decided by a seed."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import time

from fleet import Timers
from ports import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
CALM = {}
TROUBLE = ({"reset-before": 0.05, "reset-after": 0.05},
           {"error-before": 0.1, "error-after": 0.05},
           {"slow": 0.1, "delay": 0.3},
           {"slow": 0.02, "delay": 1.5, "error-after": 0.03, "reset-after": 0.03})
# loss, double, late, the latest
WEATHER = ((0, 0, 0, 0.1), (0.03, 0.02, 0.05, 0.3), (0.15, 0.05, 0.2, 0.6), (0.3, 0.1, 0.1, 0.2),
           (0.02, 0.1, 0.1, 3.0))


class CseProcess:
    def __init__(self, directory, seed):
        self.port, self.directory, self.seed = free_port(), directory, seed
        self.process, self.lives = None, 0
        self.lossy_lives = []  # when it came back with less

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def start(self, life="keep"):
        self.lives += 1
        if life != "keep":
            self.lossy_lives.append(time.time())
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "cse.py"), str(self.port), self.directory,
             str(self.seed + self.lives), life], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise AssertionError("the CSE did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def signal(self, number):
        self.process.send_signal(number)

    def trouble(self, trouble):
        self.process.stdin.write(json.dumps(trouble).encode() + b"\n")
        self.process.stdin.flush()

    def put(self, container, name, content):
        """An application's contentInstance; True when the CSE has said that it took it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        body = json.dumps({"m2m:cin": {"rn": name, "con": json.dumps(content)}})
        headers = {"X-M2M-Origin": "Capp", "X-M2M-RI": name, "X-M2M-RVI": "3", "X-Chaos": "1",
                   "Content-Type": "application/json;ty=4"}
        try:
            connection.request("POST", "/cse-in/" + container, body, headers)
            return connection.getresponse().status == 201
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Schedule:
    def __init__(self, ipe, cse, fleet, seed, say):
        self.ipe, self.cse, self.fleet, self.say = ipe, cse, fleet, say
        self.random = random.Random(seed)
        self.timers = Timers()
        self.kills, self.commands, self.happened = [], [], {}
        self._decks = {}
        self._cse_up = True

    def run(self, seconds):
        self._repeat(2.0, (1.5, 5.0), self.hurt_ipe)
        self._repeat(2.5, (1.5, 4.0), self.hurt_cse)
        self._repeat(1.0, (1.0, 3.0), self.change_weather)
        self._repeat(1.0, (0.2, 0.8), self.move_device)
        self._repeat(2.0, (0.1, 0.4), self.command)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(max(0.0, min(self.timers.run(), end - time.monotonic())))
        self.calm()

    def _repeat(self, first, pause, call):
        """A call returns how long it takes; the next comes `pause` after that."""
        def again():
            taken = call() or 0.0
            self.timers.after(taken + self.random.uniform(*pause), again)
        self.timers.after(first, again)

    def _deal(self, kinds):
        """Each of the kinds once before any comes again."""
        deck = self._decks.setdefault(kinds, [])
        if not deck:
            deck.extend(kinds)
            self.random.shuffle(deck)
        kind = deck.pop()
        self.happened[kind] = self.happened.get(kind, 0) + 1
        return kind

    def hurt_ipe(self):
        kind = self._deal(("kill", "kill before acknowledging", "terminate"))
        self.say("ipe: " + kind)
        if kind == "kill before acknowledging":
            # What it commits in this moment no device hears of: a kill between commit and acknowledgement.
            deaf = self.random.uniform(0.02, 0.15)
            self.fleet.network.deaf_until = time.monotonic() + deaf + 0.2
            time.sleep(deaf)
        if kind == "terminate":
            self.ipe.process.send_signal(signal.SIGTERM)
            self.ipe.process.wait(60)
        else:
            self.ipe.kill()
        self.kills.append(time.time())
        down = self.random.uniform(0.05, 0.8)
        self.timers.after(down, lambda: self.ipe.start(ready=False))
        return down

    def hurt_cse(self):
        kind = self._deal(("cse killed", "cse stopped", "cse in trouble", "cse emptied", "cse half lost"))
        self.say(kind)
        length = self.random.uniform(0.3, 2.5)
        if kind == "cse stopped":
            self.cse.signal(signal.SIGSTOP)
            self.timers.after(length, lambda: self.cse.signal(signal.SIGCONT))
        elif kind == "cse in trouble":
            self.cse.trouble(self.random.choice(TROUBLE))
            self.timers.after(length + 1.0, lambda: self.cse.trouble(CALM))
            length += 1.0
        else:
            self.cse.kill()
            self._cse_up = False
            life = {"cse killed": "keep", "cse emptied": "empty", "cse half lost": "half"}[kind]
            self.timers.after(length, lambda: self._start_cse(life))
        return length

    def _start_cse(self, life):
        self.cse.start(life)
        self._cse_up = True

    def change_weather(self):
        network = self.fleet.network
        network.loss, network.double, network.late, network.latest = self.random.choice(WEATHER)

    def move_device(self):
        device = self.random.choice(self.fleet.devices)
        kind = self.random.choice(("rebindings", "rebindings", "reboots"))
        self.happened[kind] = self.happened.get(kind, 0) + 1

        def move():
            if device.dead or device.location is None:
                return
            if kind == "rebindings":
                device.rebind()
            else:
                device.reboot()
                device.next()
        self.fleet.call(move)

    def command(self):
        number = len(self.commands) + 1
        device = self.random.choice(self.fleet.devices)
        execute = self.random.random() < 0.5
        command = {"id": "c%d" % number, "op": "execute", "path": "/3/0/4", "args": "0='c%d'" % number} \
            if execute else {"id": "c%d" % number, "op": "read", "path": "/3/0/9"}
        at = time.time()
        name = "command-%d" % number
        container = device.name[4:].replace(":", "-") + "/requests"
        if self._cse_up and self.cse.put(container, name, command):
            self.commands.append({"rn": name, "device": device.name, "at": at, "op": command["op"]})
        else:
            self.commands.append(None)

    def calm(self):
        """Everything works again."""
        self.say("calm")
        self.change = None
        self.timers = Timers()
        network = self.fleet.network
        network.loss = network.double = network.late = 0.0
        if not self._cse_up:
            self._start_cse("keep")
        self.cse.signal(signal.SIGCONT)
        self.cse.trouble(CALM)
        if self.ipe.process.poll() is not None:
            self.ipe.start(ready=False)
        self.commands = [command for command in self.commands if command]
