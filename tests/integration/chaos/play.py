"""Nothing is lost: the program between devices, a network, a CSE and a killer, all of them driven by a seed.

At the end the CSE's log of accepted contentInstances, over all its lives, is compared with what the devices
had acknowledged: 0 lost, 0 duplicated, in order for each endpoint. (docs/contributing.md)

`run` beside this file is the command, `75_chaos.py` above it the short version.
"""

import os
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

import ipe_process
from fleet import Fleet
from ipe_process import Ipe
from oracle import judge
from ports import free_port
from schedule import CseProcess, Schedule
from secured_fleet import SecuredDevice

SETTINGS = {"cse.timeout": "1s", "registration.patience": "2s", "log.level": "info"}


def settle(ipe, fleet, secured, limit):
    """Until no device has anything to say and the program nothing to deliver."""
    until = time.monotonic() + limit
    quiet_since = None
    while time.monotonic() < until:
        try:
            quiet = fleet.is_idle() and all(d.idle for d in secured) and ipe.get("/readyz")[0] == 200 \
                and ipe.metric("ipe_outbox_rows") == 0 and ipe.metric("ipe_commands_open") == 0
        except OSError:
            quiet = False
        if not quiet:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > 1.0:
            return True
        time.sleep(0.05)
    return False


def chaos(options, say=print):
    """Returns (figures, faults)."""
    ipe_process._program = os.path.abspath(options.ipe)
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = tempfile.mkdtemp(prefix="chaos-", dir=memory)
    began = time.monotonic()

    def tell(text):
        if options.verbose:
            say("%7.2f  %s" % (time.monotonic() - began, text))
    cse = CseProcess(directory, options.seed)
    cse.start()
    coaps = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
    ipe = Ipe(cse.url, dict(SETTINGS, **dict(setting.split("=", 1) for setting in options.set)))
    fleet = Fleet(ipe.coap, options.devices, options.rate, options.seed)
    secured = [SecuredDevice(coaps, 900 + i, 0.3, fleet.network, options.seed + i)
               for i in range(options.secured)]
    if secured:
        credentials = os.path.join(directory, "credentials.yaml")
        with open(credentials, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.writelines(device.credentials() for device in secured)
        ipe.settings.update({"lwm2m.coaps": "%s:%d" % coaps, "lwm2m.credentials": credentials})
    schedule = Schedule(ipe, cse, fleet, options.seed, tell)
    try:
        ipe.start()
        fleet.start()
        for device in secured:
            device.start()
        schedule.run(options.seconds)
        fleet.quiet()
        for device in secured:
            device.quiet = True
        calm_at = time.monotonic()
        settled = settle(ipe, fleet, secured, options.patience)
        settled_in = time.monotonic() - calm_at
        shed = ipe.metric("ipe_outbox_shed_rows")
        refused = ipe.metric("ipe_outbox_refused_rows")
        pending = ipe.metric("ipe_outbox_rows")
        fleet.close()
        for device in secured:
            device.closed = True
            device.join(30)
        cse.kill()
        verdict = judge(fleet.devices + secured, os.path.join(directory, "accepted"), schedule.kills,
                        schedule.commands, cse.lossy_lives)
    finally:
        fleet.close()
        if cse.process.poll() is None:
            cse.kill()
        if ipe.process.poll() is None:
            ipe.kill()
        if options.keep_log:
            with open(options.keep_log, "w", encoding="utf-8") as file:
                file.write("\n".join(ipe.log))
            shutil.copy(os.path.join(directory, "accepted"), options.keep_log + ".accepted")
        ipe._clean()
        shutil.rmtree(directory, ignore_errors=True)
    if not settled:
        # On a machine that is too busy this is all there is to it: what is pending shows as lost, too.
        verdict.faults.insert(0, "not settled %.0f s after the end: idle=%s pending=%d; of %d undelivered" % (
            settled_in, fleet.is_idle(), pending, verdict.figures["lost"]))
    if refused or shed:
        verdict.blame("set aside %d, shed %d" % (refused, shed))
    verdict.faults += fleet.errors + [device.error for device in secured if device.error]
    network = fleet.network
    figures = {"seed": options.seed, "seconds": options.seconds, "devices": options.devices}
    figures.update(verdict.figures)
    figures.update(fleet.counts)
    figures.update(schedule.happened)
    figures.update({
        "messages acknowledged": sum(r.fate == "acknowledged" for d in fleet.devices + secured for r in d.log),
        "reported a second": round(sum(len(d.log) for d in fleet.devices + secured) / options.seconds),
        "of them over DTLS": sum(r.fate == "acknowledged" for d in secured for r in d.log),
        "handshakes": sum(d.handshakes for d in secured),
        "lives of the cse": cse.lives, "datagrams lost": network.lost, "datagrams doubled": network.doubled,
        "datagrams delayed": network.delayed, "datagrams": network.passed + network.delayed,
        "settled after s": round(settled_in, 1), "shed": int(shed), "set aside": int(refused)})
    return figures, verdict.faults


def report(figures, faults):
    """What a run prints."""
    lines = ["%-36s %s" % item for item in figures.items()]
    lines += ["FAULT " + fault for fault in faults[:40]]
    lines.append("chaos: seed %d: %s" % (figures["seed"], "%d faults" % len(faults) if faults
                                         else "nothing lost, nothing twice, all in order"))
    return "\n".join(lines)
