"""Compares what the devices had acknowledged with what the CSE has taken over all its lives."""

import json
import re

from cse import read_journal

DEVICE = re.compile(r"^[^/]+/([^/]*chaos-\d{3})[^/]*/(.+)/([^/]+)$")
# A value that the CSE lost again so soon after taking it may come a second time: the program may not have seen
# the answer, or had no time to write down that it had.
SOON = 5.0


class Taken:
    __slots__ = ("path", "con", "at", "answered", "lost_at")

    def __init__(self, path, con, at):
        self.path, self.con, self.at, self.answered, self.lost_at = path, con, at, False, None

    def may_come_again(self, kills):
        if self.lost_at is None:
            return False
        return (not self.answered or self.lost_at - self.at < SOON
                or any(self.at <= kill <= self.at + SOON for kill in kills))


def read_log(path, kills):
    """([Taken] in order, how many came again because the CSE had lost them, [paths taken twice]). What came again
    counts where it stood first."""
    taken, latest, again, twice = [], {}, 0, []
    at = 0.0
    for what, *entry in read_journal(path):
        if what == "took":
            instance = Taken(*entry)
            at = instance.at
            before = latest.get(instance.path)
            latest[instance.path] = instance
            if before is None:
                taken.append(instance)
            elif before.may_come_again(kills):
                again += 1
            else:
                twice.append(instance.path)
        elif what == "answered":
            latest[entry[0]].answered = True
        elif what == "lost" or entry[0] == "empty":
            prefix = entry[0] + "/" if what == "lost" else ""
            for instance in latest.values():
                if instance.lost_at is None and instance.path.startswith(prefix):
                    instance.lost_at = at
    return taken, again, twice


class Verdict:
    def __init__(self):
        self.figures, self.faults = {}, []

    def blame(self, text):
        self.faults.append(text)


def judge(devices, log, kills, commands=(), lossy_lives=()):
    """`commands`: [{"rn", "device", "at"}]; `lossy_lives`: when the CSE came back with less than it had."""
    verdict = Verdict()
    taken, again, twice = read_log(log, kills)
    by_device = {}
    outcomes = {}
    for instance in taken:
        match = DEVICE.match(instance.path)
        if match is None:
            continue
        name, container, _ = match.groups()
        if container == "responses":
            outcome = json.loads(instance.con)
            if outcome["status"] != "accepted":
                outcomes.setdefault(outcome["request"], []).append(outcome)
        elif container.startswith("3303/"):
            by_device.setdefault(name[-len("chaos-000"):], []).append((container, instance.con))
    figures = dict.fromkeys(("acknowledged values", "delivered", "lost", "duplicated", "out of order", "torn",
                             "unknown"), 0)
    for path in twice:
        verdict.blame("taken twice: %s" % path)
    figures["duplicated"] += len(twice)
    for device in devices:
        judge_device(device, by_device.get(device.name[-len("chaos-000"):], []), figures, verdict)
    figures["made again in a CSE that had lost it"] = again
    judge_commands(devices, commands, outcomes, lossy_lives, figures, verdict)
    verdict.figures = figures
    return verdict


def judge_device(device, arrived, figures, verdict):
    of_value = {value: report for report in device.log for value in report.values}
    seen, newest = set(), 0
    for value in arrived:
        report = of_value.get(value)
        if report is None:
            figures["unknown"] += 1
            verdict.blame("%s never said %s" % (device.name, value))
            continue
        figures["delivered"] += 1
        if value in seen:
            figures["duplicated"] += 1
            verdict.blame("%s told twice: %s" % (device.name, value))
        seen.add(value)
        # One that was never acknowledged may still come from the network when younger ones are there.
        if report.fate == "acknowledged":
            if report.number < newest:
                figures["out of order"] += 1
                verdict.blame("%s out of order: %s after %d" % (device.name, value, newest))
            newest = max(newest, report.number)
    for report in device.log:
        missing = [value for value in report.values if value not in seen]
        if report.fate == "acknowledged":
            figures["acknowledged values"] += len(report.values)
            figures["lost"] += len(missing)
            for value in missing:
                verdict.blame("%s lost: %s" % (device.name, value))
        elif missing and len(missing) < len(report.values):
            figures["torn"] += 1
            verdict.blame("%s half of a message: %s" % (device.name, report.values))


def judge_commands(devices, commands, outcomes, lossy_lives, figures, verdict):
    figures.update({"commands": len(commands), "commands answered": 0, "commands that went with a tree": 0,
                    "commands lost": 0, "outcomes told twice": 0, "executes run twice": 0})
    for command in commands:
        found = outcomes.get(command["rn"], [])
        if found:
            figures["commands answered"] += 1
        elif any(at >= command["at"] for at in lossy_lives):
            figures["commands that went with a tree"] += 1
        else:
            figures["commands lost"] += 1
            verdict.blame("command without outcome: %s" % command)
        if len(found) > 1:
            figures["outcomes told twice"] += 1
            verdict.blame("outcome told twice: %s" % found)
    for device in devices:
        for argument in set(device.executed):
            if device.executed.count(argument) > 1:
                figures["executes run twice"] += 1
                verdict.blame("%s executed twice: %s" % (device.name, argument))
