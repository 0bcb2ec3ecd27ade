"""Times how soon a finished log can be looked at, from the start of the process: `replay --page` and Spark's History Server.

Usage: history_bench.py REPLAY JARS LOGS [--repetitions N]. LOGS is a folder with one plain log. Both are started anew
each time, in turn. It is there when the API tells all its stages and the page of the stages is rendered.
"""

import argparse
import json
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

PATIENCE = 300.0
LOOK_EVERY = 0.01
OPEN = {"ACTIVE", "PENDING"}


class Server:
    """A process that serves; it ends with the `with`."""

    def __init__(self, command, errors):
        self.errors = errors
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def elapsed(self):
        return time.monotonic() - self.began

    def peak(self):
        """The most memory it has had at once, in bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def wait_for(self, what, look):
        while self.elapsed() < PATIENCE:
            try:
                found = look()
            except OSError:
                found = None
            if found:
                return found
            if self.process.poll() is not None:
                sys.exit(f"FAILED: it has ended before {what}: {pathlib.Path(self.errors.name).read_text()[-2000:]}")
            time.sleep(LOOK_EVERY)
        sys.exit(f"FAILED: {what}: not within {PATIENCE:.0f} s")


def fetch(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def listed(base):
    """The id of the one application, once it is known to have ended."""
    applications = json.loads(fetch(f"{base}/api/v1/applications"))
    ended = [one["id"] for one in applications if one["attempts"][0]["completed"]]
    return ended[0] if ended else None


def look(server, base, page):
    """Waits until everything is there; answers when it was, and the stages."""
    application = server.wait_for("the application is listed", lambda: listed(base))
    at = {"listed": server.elapsed()}

    def stages():
        told = json.loads(fetch(f"{base}/api/v1/applications/{application}/stages"))
        return told if told and not OPEN & {stage["status"] for stage in told} else None

    told = server.wait_for("all stages are told", stages)
    at["stages"] = server.elapsed()
    html = server.wait_for("the page is rendered", lambda: fetch(base + page.format(application)))
    at["page"] = server.elapsed()
    missing = [stage["stageId"] for stage in told if f"stages/{stage['stageId']}/{stage['attemptId']}" not in html
               and f"id={stage['stageId']}&" not in html.replace("&amp;", "&")]
    # Long lists are paged.
    if len(missing) > max(0, len(told) - 20):
        sys.exit(f"FAILED: the page of the stages lacks {missing}")
    return at, sorted((stage["stageId"], stage["attemptId"], stage["status"], stage["numTasks"]) for stage in told)


def ours(replay, log, errors):
    command = [replay, str(log), "--json", "--page", "127.0.0.1:0"]
    with Server(command, errors) as server:
        path = pathlib.Path(errors.name)
        address = server.wait_for("it serves", lambda: re.search(r"page on (http://\S+)/\n", path.read_text()))[1]
        server.wait_for("a first answer", lambda: fetch(f"{address}/api/v1/applications"))
        first = server.elapsed()
        at, stages = look(server, address, "/stages")
        return at | {"first answer": first}, stages, server.peak()


def sparks(jars, log, errors):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    opens = ["java.lang", "java.nio", "java.util", "java.util.concurrent", "sun.nio.ch", "sun.util.calendar"]
    command = [
        "java", "-Xmx1g", *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in opens), "-cp", f"{jars}/*",
        f"-Dspark.history.fs.logDirectory=file://{log.parent}", f"-Dspark.history.ui.port={port}",
        "-Dspark.history.fs.update.interval=1s", "org.apache.spark.deploy.history.HistoryServer",
    ]
    with Server(command, errors) as server:
        at, stages = look(server, f"http://127.0.0.1:{port}", "/history/{}/stages/")
        return at, stages, server.peak()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("replay")
    parser.add_argument("jars")
    parser.add_argument("logs", type=pathlib.Path)
    parser.add_argument("--repetitions", type=int, default=3)
    args = parser.parse_args()
    (log,) = args.logs.resolve().iterdir()
    runs = {"replay --page": lambda errors: ours(args.replay, log, errors),
            "History Server": lambda errors: sparks(args.jars, log, errors)}
    results = {name: [] for name in runs}
    for _ in range(args.repetitions):
        told = []
        for name, run in runs.items():
            with tempfile.NamedTemporaryFile("w", prefix="history-bench-") as errors:
                at, stages, peak = run(errors)
            told.append(stages)
            results[name].append((at, peak))
        if told[0] != told[1]:
            sys.exit(f"FAILED: they do not tell the same stages: {told}")
    print(f"{log.stat().st_size / 1e6:.0f} MB of {log.name}, {len(told[0])} stages; medians of {args.repetitions}")
    medians = {}
    for name, measured in results.items():
        medians[name] = statistics.median(at["page"] for at, _ in measured)
        steps = {step: statistics.median(at[step] for at, _ in measured) for step in measured[0][0]}
        steps = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in sorted(steps.items(), key=lambda one: one[1]))
        peak = max(peak for _, peak in measured) / 1e6
        all_pages = ", ".join(f"{at['page']:.2f}" for at, _ in measured)
        print(f"{name:15} {steps} (page: {all_pages}), peak {peak:.0f} MB")
    print(f"from the start, the page is there {medians['History Server'] / medians['replay --page']:.1f} times as soon")
    reading = statistics.median(at["page"] - at["listed"] for at, _ in results["History Server"])
    print(f"with a History Server that had listed the log before: {reading / medians['replay --page']:.1f} times")


main()
