"""The coordinator and the workers, as processes that end with the check."""

import ast
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.request

PATIENCE = 60.0
EXAMPLES = pathlib.Path("examples/python")


@dataclasses.dataclass
class Round:
    """What a worker says of one round; the times are of a clock that all processes share."""

    epoch: int
    entered: float
    left: float
    messages: list


class Coordinator:
    """A coordinator on free ports, with short times, that is stopped at the end of a `with`."""

    def __init__(self, binary, *options, token=None, driver_token=None):
        tokens = {"BARRIER_TOKEN": token, "COMMIT_DRIVER_TOKEN": driver_token}
        environment = os.environ | {name: value for name, value in tokens.items() if value}
        ports = ["--address", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [binary, *ports, *options], stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"coordinator: serving on https?://(\S+), metrics on (http://\S+)\n", line)
        if not found:
            self.process.kill()
            sys.exit(f"FAILED: the coordinator does not say where it serves: {line!r} {self.logged()}")
        self.address, self.metrics = found.groups()

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def scrape(self, crate="barrier"):
        """The metrics of a crate, by their name with its labels."""
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE) as answer:
            return dict(re.findall(rf"^({crate}_\S+) (\S+)$", answer.read().decode(), re.MULTILINE))

    def stop(self):
        """Stops it as an operator does; it ends by itself, and well."""
        self.process.terminate()
        code = self.process.wait(PATIENCE)
        if code != 0:
            sys.exit(f"FAILED: the coordinator ended with {code}: {self.logged()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Worker:
    """One of the example programs, as a task of a gang."""

    def __init__(self, program, address, stage, partition, tasks, rounds, token=None):
        self.name, self.rounds = f"{program} as partition {partition}", []
        self.has_ended, self.progress = False, threading.Condition()
        arguments = [address, *map(str, (stage, partition, tasks, rounds))]
        environment = os.environ | ({"BARRIER_TOKEN": token} if token else {})
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, EXAMPLES / program, *arguments],
            stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            epoch, entered, left, messages = line.rstrip("\n").split("\t")
            with self.progress:
                self.rounds.append(Round(int(epoch), float(entered), float(left), ast.literal_eval(messages)))
                self.progress.notify_all()
        with self.progress:
            self.has_ended = True
            self.progress.notify_all()

    def wait_for_round(self, epoch):
        with self.progress:
            self.progress.wait_for(lambda: len(self.rounds) > epoch or self.has_ended, PATIENCE)
            if len(self.rounds) <= epoch:
                sys.exit(f"FAILED: {self.name} does not come to round {epoch}: {self.told()}")

    def told(self):
        self.errors.seek(0)
        return self.errors.read()

    def failure(self):
        """What it failed with, from its last line."""
        lines = self.told().splitlines()
        try:
            return json.loads(lines[-1])
        except (IndexError, ValueError):
            sys.exit(f"FAILED: {self.name} has not failed with a Failure: {lines}")

    def wait(self):
        """Waits for its end; answers the exit code."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            sys.exit(f"FAILED: {self.name} has not ended within {PATIENCE:.0f} s: {self.told()}")
        self.reader.join(PATIENCE)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
