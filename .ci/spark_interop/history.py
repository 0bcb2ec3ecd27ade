"""Spark's History Server, and what it answers."""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

# For a server to start, and then to list what is in its folder.
START_WITHIN, LIST_WITHIN = 60.0, 180.0
# For the longest answer: it reads the whole log first.
ANSWER_WITHIN = 300.0
# What is asked of each application; the tasks come with their stages.
ANSWERS = {
    "jobs": "jobs",
    "stages": "stages",
    "executors": "allexecutors",
    "sql": "sql?details=true&length=1000000",
    "storage": "storage/rdd",
    "environment": "environment",
    "tasks": "stages?details=true",
}
# What differs between two copies of one log, and so is left out: the time that an application's file was changed at.
OF_THE_FILE = {"lastUpdated", "lastUpdatedEpoch"}
# Where the application never ended, the server takes that time for its end; and what was running runs up to now, which
# is added to its executor's time.
OF_NO_END = {"attempt": {"endTime", "endTimeEpoch", "duration"}, "task": {"duration"}, "executor": {"totalDuration"}}


class HistoryServers:
    """One History Server after another, each over a folder of its own; they end with the `with`."""

    def __init__(self, class_path, log):
        self.errors = open(log, "w")
        self.process = subprocess.Popen(
            ["java", "-Xmx3g", "-cp", class_path, "HistoryServers"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, text=True, env=os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"})
        self.told = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.told.put(line)

    def serve(self, folder):
        """Stops the server before, and starts one over a folder; answers its address."""
        try:
            self.process.stdin.write(f"{folder}\n")
            self.process.stdin.flush()
            port = int(self.told.get(timeout=START_WITHIN))
        except (OSError, queue.Empty):
            sys.exit(f"FAILED: the History Server does not start within {START_WITHIN:.0f} s: "
                     f"{open(self.errors.name).read()[-2000:]}")
        return f"http://127.0.0.1:{port}/api/v1/applications"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def fetch(url):
    with urllib.request.urlopen(url, timeout=ANSWER_WITHIN) as answer:
        return answer.read()


def listed(api, number):
    """The applications that a server lists, by their ids, once there are so many; or those there are in the end."""
    deadline = time.monotonic() + LIST_WITHIN
    found = {}
    while len(found) < number and time.monotonic() < deadline:
        time.sleep(0.2)
        found = {application["id"]: application for application in json.loads(fetch(f"{api}?limit=100000"))}
    return found


class Answers:
    """What a server answers about an application: the texts lie in a folder, for they may be long."""

    def __init__(self, api, application, folder):
        self.entry, self.folder = application, folder
        self.hashes, self.failures = {}, {}
        folder.mkdir(parents=True)
        for name, path in ANSWERS.items():
            try:
                text = fetch(f"{api}/{application['id']}/{path}")
            except urllib.error.HTTPError as error:
                text = b"[]"
                self.failures[name] = f"{name} is answered with HTTP {error.code}"
            self.hashes[name] = hashlib.sha256(text).digest()
            (folder / name).write_bytes(text)

    def listing(self):
        return comparable(self.entry, self.is_completed())

    def value(self, name):
        return comparable(json.loads((self.folder / name).read_bytes()), self.is_completed())

    def counts(self):
        """What is told about it in a line."""
        stages = self.value("stages")
        tasks = sum(stage["numCompleteTasks"] + stage["numFailedTasks"] + stage["numKilledTasks"] for stage in stages)
        numbers = {"jobs": len(self.value("jobs")), "stages": len(stages), "tasks": tasks,
                   "executors": len(self.value("executors")), "SQL executions": len(self.value("sql"))}
        return ", ".join(f"{number} {what}" for what, number in numbers.items())

    def is_completed(self):
        return all(attempt["completed"] for attempt in self.entry["attempts"])


def comparable(value, is_completed=True):
    """An answer about an application without what changes from one time to the next."""
    if isinstance(value, list):
        return [comparable(each, is_completed) for each in value]
    if not isinstance(value, dict):
        return value
    left_out = OF_THE_FILE if is_completed else OF_THE_FILE | OF_NO_END.get(kind(value), set())
    return {key: comparable(each, is_completed) for key, each in value.items() if key not in left_out}


def kind(value):
    """What an object of an answer tells of, as far as it matters for what is compared."""
    if value.get("completed") is False:
        return "attempt"
    if "taskId" in value and value.get("status") == "RUNNING":
        return "task"
    return "executor" if "totalDuration" in value else None
