"""Figures, and the table that tells them."""

import statistics


class Figure:
    """One row: what was measured in each repetition, and what it is to be.

    `goal` is ">= 0.9", "<= 80" or None; `name` is what a program finds it by in the JSON.
    """

    goals_apply = True  # not to small numbers

    def __init__(self, name, title, unit, values, goal=None, note=""):
        self.name, self.title, self.unit, self.note = name, title, unit, note
        self.goal = goal if self.goals_apply else None
        self.values = [value for value in (values if isinstance(values, (list, tuple)) else [values]) if value is not None]

    @property
    def median(self):
        return statistics.median(self.values)

    def verdict(self):
        """Of the median: "met", "missed", or "" without a goal."""
        if self.goal is None:
            return ""
        sign, wanted = self.goal.split()
        met = self.median >= float(wanted) if sign == ">=" else self.median <= float(wanted)
        return "met" if met else "missed"

    def to_json(self):
        return {"name": self.name, "title": self.title, "unit": self.unit, "goal": self.goal, "note": self.note,
                "min": min(self.values), "median": self.median, "max": max(self.values), "values": self.values,
                "verdict": self.verdict()}


class Unmeasured:
    """A row that could not be had, and why."""

    def __init__(self, name, title, reason):
        self.name, self.title, self.reason = name, title, reason

    def to_json(self):
        return {"name": self.name, "title": self.title, "unmeasured": self.reason}


def number(value):
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000:
        return "{:,.0f}".format(value)
    return ("%.0f" if size >= 100 else "%.1f" if size >= 10 else "%.2f" if size >= 0.1 else "%.3f") % value


def goal_text(goal):
    if not goal:
        return ""
    sign, wanted = goal.split()
    return "%s %s" % ({">=": "≥", "<=": "≤"}[sign], number(float(wanted)))


def cells(row):
    """title, goal, median, min – max, verdict; of a row as it is in the JSON."""
    if "unmeasured" in row:
        return row["title"], "", "not measured", row["unmeasured"], ""
    unit = " " + row["unit"] if row["unit"] else ""
    spread = "" if len(row["values"]) < 2 else "%s – %s" % (number(row["min"]), number(row["max"]))
    title = row["title"] + (" (%s)" % row["note"] if row["note"] else "")
    return title, goal_text(row["goal"]), number(row["median"]) + unit, spread, row["verdict"]


HEAD = ("figure", "goal", "median", "min – max", "")


def text_table(rows):
    lines = [HEAD] + [cells(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) if column in (0, 3, 4) else cell.rjust(width)
                               for column, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)


def markdown_table(rows):
    lines = ["| Figure | Goal | Median | Min – max | |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append("| %s |" % " | ".join(cells(row)))
    return "\n".join(lines)
