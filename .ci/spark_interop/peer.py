"""Real applications of real Spark: what `replay` finds in their logs is what Python's json does."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

import logs
from checks import differences
from history import HistoryServers

VERSIONS = ("4.1.4", "3.5.9")
# It runs the History Server, and reads the logs of killed writers.
NEWEST = VERSIONS[0]
APPLICATIONS_WITHIN, READ_WITHIN = 1200.0, 300.0
APPLICATIONS = pathlib.Path(__file__).with_name("applications.py")
# All that the applications do leaves one of these.
EVENTS = [
    "SparkListenerApplicationEnd", "SparkListenerBlockUpdated", "SparkListenerJobEnd", "SparkListenerLogStart",
    "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd",
]
REASONS = ["ExceptionFailure", "Success"]


class Spark:
    """What is installed of it."""

    def __init__(self, tools):
        self.tools = tools

    def python(self, version):
        return self.tools / f"pyspark-{version}" / "bin" / "python"

    def jars(self, version):
        (jars,) = (self.tools / f"pyspark-{version}").glob("lib/python*/site-packages/pyspark/jars")
        return jars

    def class_path(self):
        return f"{self.tools / 'spark-interop-classes'}:{self.jars(NEWEST)}/*"

    def history_servers(self, log):
        return HistoryServers(self.class_path(), log)

    def replayed(self, files):
        """What Spark's own ReplayListenerBus counts in logs: for each its events by name, or what it fails with."""
        command = ["java", "-cp", self.class_path(), "ReplayedLogs", *map(str, files)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=READ_WITHIN, check=False)
        if run.returncode:
            sys.exit(f"FAILED: Spark's ReplayListenerBus does not run: {run.stderr[-2000:]}")
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        return {pathlib.Path(line["log"]): line for line in lines}


class Applications:
    """The applications of one version, while they run."""

    def __init__(self, spark, version, folder):
        self.version = version
        self.folder = folder / version
        self.folder.mkdir(parents=True)
        python = str(spark.python(version))
        environment = os.environ | {
            "PYSPARK_PYTHON": python, "PYSPARK_DRIVER_PYTHON": python, "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
        }
        environment.pop("SPARK_HOME", None)
        self.errors = open(self.folder / "stderr", "w+")
        self.process = subprocess.Popen(
            [python, APPLICATIONS, self.folder / "logs"], cwd=self.folder, stdout=subprocess.PIPE, stderr=self.errors,
            text=True, env=environment)

    def variants(self):
        """Waits for their end; answers what they say of each log."""
        try:
            said, _ = self.process.communicate(timeout=APPLICATIONS_WITHIN)
        except subprocess.TimeoutExpired:
            sys.exit(f"FAILED: PySpark {self.version} has not ended within {APPLICATIONS_WITHIN:.0f} s")
        if self.process.returncode != 0:
            self.errors.seek(0)
            code = self.process.returncode
            sys.exit(f"FAILED: PySpark {self.version} ended with {code}: {self.errors.read()[-3000:]}")
        return [json.loads(line) for line in said.splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Its JVM ends with it.
        self.process.kill()
        self.process.wait()
        self.errors.close()


def check_applications(checks, spark, binaries, folder):
    with Applications(spark, VERSIONS[0], folder) as one, Applications(spark, VERSIONS[1], folder) as other:
        for applications in (one, other):
            variants = applications.variants()
            for variant in variants:
                check_variant(checks, binaries, applications.version, variant)
            checks.note(f"PySpark {applications.version}: codecs and layouts", len(variants) != 10 and variants, "10")


def check_variant(checks, binaries, version, variant):
    log = pathlib.Path(variant["log"])
    plain = log.parent.parent / "plain"
    expected = logs.count(plain)
    events = sum(expected["events_by_type"].values())
    wrong = as_asked(variant, log, version) + as_meant(expected, plain)
    run = subprocess.run([binaries / "replay", "--json", log], capture_output=True, text=True, timeout=READ_WITHIN)
    if run.returncode:
        wrong.append(f"replay ends with {run.returncode}: {run.stderr}")
    else:
        summary = json.loads(run.stdout)
        expected |= {"events_read": events, "lines_skipped": 0}
        wrong += differences({key: summary[key] for key in expected}, expected)
    cat = subprocess.run([binaries / "event-log", "cat", log], stdout=subprocess.PIPE, timeout=READ_WITHIN)
    if hashlib.sha256(cat.stdout).digest() != hashlib.sha256(plain.read_bytes()).digest():
        wrong.append(f"event-log cat does not give the {plain.stat().st_size} bytes that Spark reads in it")
    name = f"PySpark {version}, {variant['codec']}, {variant['layout']}"
    checks.note(name, wrong, f"{events} events in {len(logs.parts(log))} file(s), as Python's json counts them")


def as_asked(variant, log, version):
    """The log has the codec and the layout that were asked for; its names say so."""
    suffix = "" if variant["codec"] == "none" else f".{variant['codec']}"
    application = variant["application"]
    names = [application + suffix]
    if variant["layout"] == "rolling":
        names = [f"events_{number + 1}_{application}{suffix}" for number in range(max(2, len(logs.parts(log))))]
    return differences([part.name for part in logs.parts(log)], names) + differences(variant["spark"], version)


def as_meant(counts, plain):
    """The applications did what they are for: without it, equal counts would mean little."""
    missing = [name for name in EVENTS if not counts["events_by_type"].get(name)]
    missing += [reason for reason in REASONS if not counts["tasks_by_end_reason"].get(reason)]
    if b'"Barrier":true' not in plain.read_bytes():
        missing.append("a barrier stage")
    return [f"not in the log: {missing}"] if missing else []
