"""Compares what the alert rules and the dashboard ask for with what a scrape of our programs shows.

Usage: alerts.py FOLDER, where the programs are. A metric, a label or a label's value that no program serves fails, and so does
a query that Prometheus cannot read, and an alert without a test that it fires and one that it does not.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

PATIENCE = 30.0
RULES = pathlib.Path("examples/prometheus/alerts.yml")
TESTS = pathlib.Path("examples/prometheus/alerts_test.yml")
DASHBOARD = pathlib.Path("examples/grafana/listener-bus.json")
PROGRAMS = [
    ["replay", "--metrics", "127.0.0.1:0", "--linger", "600"],
    ["word-count", "README.md", "--barrier", "--metrics", "127.0.0.1:0", "--linger", "600"],
    ["coordinator", "--address", "127.0.0.1:0", "--metrics", "127.0.0.1:0"],
]
# What Prometheus and its histograms add.
GIVEN_LABELS = {"job", "instance", "le", "__name__"}
KEYWORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left", "group_right"}
LISTS = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
MATCHER = r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"'


def rule_queries():
    """The queries of the rules by alert. Python reads no YAML by itself: an `expr` is one line, or a block after `|`."""
    found, lines = {}, RULES.read_text().splitlines()
    for number, line in enumerate(lines):
        if alert := re.match(r"\s*- alert: (\w+)$", line):
            name = alert.group(1)
        elif query := re.match(r"(\s*)expr: (.*)$", line):
            indent, text = len(query.group(1)), query.group(2)
            if text == "|":
                rest = lines[number + 1:]
                end = next((n for n, l in enumerate(rest) if l.strip() and len(l) - len(l.lstrip()) <= indent), len(rest))
                text = " ".join(l.strip() for l in rest[:end])
            found[name] = text
    return found


def dashboard_queries(dashboard):
    """The queries of the dashboard by panel, with their legends, and those of its variables."""
    queries = []
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            queries.append((panel["title"], target["expr"], re.findall(r"{{\s*(\w+)\s*}}", target["legendFormat"])))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            query, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            queries.append((f"variable {variable['name']}", query, [label]))
    return queries


def asked_for(query, legend=()):
    """The metrics, labels and label values of a query."""
    metrics, labels, values = set(), set(legend), set()
    for label, value in re.findall(MATCHER, query):
        alternatives = [] if value.startswith("$") else value.split("|")
        if label == "__name__":
            metrics.update(alternatives)
        else:
            values.update((label, alternative) for alternative in alternatives)
        labels.add(label)
    for names in re.findall(LISTS, query):
        labels.update(name.strip() for name in names.split(",") if name.strip())
    bare = re.sub(LISTS, " ", re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", query))
    for name, call in re.findall(r"(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\(?)", bare):
        if not call and name not in KEYWORDS:
            metrics.add(name)
    return metrics, labels - GIVEN_LABELS, values


def check_readable(queries, folder):
    """Has `promtool` read the dashboard's queries, with numbers for Grafana's variables."""
    rules = [
        {"record": f"panel_{number}", "expr": re.sub(r"\$__\w+", "5m", query).replace("$bus", ".*").replace("$coordinator", ".*")}
        for number, (_, query, _) in enumerate(queries)
    ]
    file = folder / "dashboard.json"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    if subprocess.run(["promtool", "check", "rules", file], stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit("the dashboard has a query that Prometheus cannot read")


def check_tests(alerts):
    """Each alert has a test in which it fires, and one in which it does not."""
    asserted = {}
    for part in re.split(r"- alertname: ", TESTS.read_text())[1:]:
        asserted.setdefault(part.split()[0], set()).add("exp_alerts: []" in part.split("- name:")[0])
    for alert in alerts:
        if asserted.get(alert) != {True, False}:
            sys.exit(f"alert {alert} needs a test in which it fires, and one in which it does not")


def served(text):
    """The metrics, labels and label values of a scrape."""
    metrics, labels, values = set(), set(), set()
    for name, rest in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ", text, re.MULTILINE):
        metrics.add(name)
        pairs = set(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', rest))
        values |= pairs
        labels |= {label for label, _ in pairs}
    return metrics, labels, values


def scrape(log):
    address = re.search(r"metrics on (http://[\d.:]+/metrics)", log.read_text())
    if address is None:
        return ""
    try:
        with urllib.request.urlopen(address.group(1), timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def missing_in_scrapes(wanted, binaries, folder):
    """What no program has served within the time."""
    started, logs = [], []
    try:
        for command in PROGRAMS:
            log = folder / f"{command[0]}.log"
            logs.append(log)
            with open(log, "w") as out:
                started.append(subprocess.Popen([binaries / command[0], *command[1:]], stdout=out, stderr=out))
        missing, deadline = wanted, time.monotonic() + PATIENCE
        while any(missing) and time.monotonic() < deadline:
            time.sleep(0.2)
            found = served("\n".join(scrape(log) for log in logs))
            missing = tuple(want - there for want, there in zip(missing, found))
        return missing
    finally:
        for process in started:
            process.kill()
            process.wait()


def main():
    binaries = pathlib.Path(sys.argv[1]).resolve()
    alerts, panels = rule_queries(), dashboard_queries(json.loads(DASHBOARD.read_text()))
    check_tests(alerts)
    everything = [(name, query, []) for name, query in alerts.items()] + panels
    asked = [(name, asked_for(query, legend)) for name, query, legend in everything]
    wanted = tuple(set().union(*(parts[kind] for _, parts in asked)) for kind in range(3))
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        check_readable(panels, folder)
        missing = missing_in_scrapes(wanted, binaries, folder)
    for what, kind in (("metric", 0), ("label", 1), ("label value", 2)):
        for item in sorted(missing[kind]):
            users = ", ".join(sorted({user for user, parts in asked if item in parts[kind]}))
            name = item if isinstance(item, str) else '{}="{}"'.format(*item)
            print(f"no program serves the {what} {name}, asked for by: {users}", file=sys.stderr)
    if any(missing):
        sys.exit(1)
    metrics, labels, values = map(len, wanted)
    print(f"{len(alerts)} alerts and {len(panels)} queries of the dashboard ask for {metrics} metrics, "
          f"{labels} labels and {values} label values, and all are served")


main()
