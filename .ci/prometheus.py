"""Replays the log that ships with `replay` under a real Prometheus, and compares the two.

Usage: prometheus.py REPLAY. One run loses nothing, one drops events by its policy.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

PATIENCE = 60.0
RUNS = {
    "lossless": [],
    "lossy": ["--capacity", "2", "--overflow", "drop-newest", "--slow-listener", "5", "--slow-queue", "shared"],
}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def wait_for(what, look):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            found = look()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.2)
    sys.exit(f"{what}: not within {PATIENCE:.0f} s")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expected_series(summary):
    """The counters the summary speaks of, as {(metric, queue, reason): value}."""
    series = {("listener_bus_events_posted_total", "", ""): summary["events_read"]}
    for queue in summary["queues"]:
        name = queue["name"]
        series["listener_bus_queue_events_posted_total", name, ""] = queue["posted"]
        series["listener_bus_queue_events_delivered_total", name, ""] = queue["delivered"]
        for reason in ("full", "evicted", "timed_out", "stopped", "not_started", "no_listener"):
            series["listener_bus_queue_events_dropped_total", name, reason] = queue["dropped"].get(reason, 0)
    return series


def scraped_series(api, metrics):
    query = urllib.parse.quote('{__name__=~"%s",bus="replay"}' % "|".join(sorted(metrics)))
    result = json.loads(fetch(f"{api}/api/v1/query?query={query}"))["data"]["result"]
    return {
        (s["metric"]["__name__"], s["metric"].get("queue", ""), s["metric"].get("reason", "")): int(s["value"][1])
        for s in result
    }


def compare(name, replay, options, folder):
    errors = open(folder / f"{name}.stderr", "w+")
    summary_file = open(folder / f"{name}.json", "w+")
    command = [replay, "--metrics", "127.0.0.1:0", "--linger", "120", "--json", *options]
    bus = subprocess.Popen(command, stdout=summary_file, stderr=errors)
    port = free_port()
    api = f"http://127.0.0.1:{port}"
    server = None
    try:
        def url():
            return re.search(r"http://[\d.:]+/metrics", pathlib.Path(errors.name).read_text())
        metrics_url = wait_for("the replay's address", url).group()
        config = folder / f"{name}.yml"
        target = urllib.parse.urlparse(metrics_url).netloc
        config.write_text(
            "global: {scrape_interval: 1s}\n"
            f"scrape_configs: [{{job_name: replay, static_configs: [{{targets: ['{target}']}}]}}]\n"
        )
        subprocess.run(["promtool", "check", "config", config], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / name}",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        summary = json.loads(wait_for("the summary", lambda: pathlib.Path(summary_file.name).read_text()))
        expected = expected_series(summary)
        wanted = {metric for metric, _, _ in expected}
        found = {}

        def scraped_all():
            found.clear()
            found.update(scraped_series(api, wanted))
            return found == expected

        deadline = time.monotonic() + PATIENCE
        while not wait_quietly(scraped_all) and time.monotonic() < deadline:
            time.sleep(0.5)
        if found != expected:
            wrong = {key: (found.get(key), value) for key, value in expected.items() if found.get(key) != value}
            sys.exit(f"{name}: Prometheus answers otherwise than the summary, as (answered, summary): {wrong}")
        text = fetch(metrics_url)
        subprocess.run(["promtool", "check", "metrics"], input=text, text=True, check=True)
        dropped = sum(value for (metric, _, _), value in expected.items() if metric.endswith("_dropped_total"))
        if (dropped > 0) != (name == "lossy"):
            sys.exit(f"{name}: {dropped} events dropped")
        print(f"{name}: {len(expected)} series equal, {summary['events_read']} events, {dropped} dropped")
    finally:
        for process in (bus, server):
            if process is not None:
                process.kill()
                process.wait()


def wait_quietly(look):
    try:
        return look()
    except OSError:
        return False


with tempfile.TemporaryDirectory() as temporary:
    for run, options in RUNS.items():
        compare(run, sys.argv[1], options, pathlib.Path(temporary))
print(f"{len(RUNS)} passed, 0 failed")
