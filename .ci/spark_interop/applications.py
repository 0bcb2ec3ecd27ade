"""Runs a small PySpark application for each codec and layout, and leaves its event log beside what Spark reads in it.

Usage: applications.py FOLDER, with a Python that has PySpark. The applications run in turn in one JVM. Each leaves
FOLDER/CODEC-LAYOUT/log/..., as Spark wrote it, and FOLDER/CODEC-LAYOUT/plain, the text that Spark's own codecs find in
it; and a line of JSON on stdout: the variant, Spark's version, the application's id and where its log is.
"""

import json
import operator
import pathlib
import sys

from py4j.protocol import Py4JJavaError
from pyspark import BarrierTaskContext, SparkConf, TaskContext
from pyspark.sql import SparkSession

CODECS = ("none", "lz4", "lzf", "snappy", "zstd")
LAYOUTS = ("single", "rolling")
# Spark 3.5 takes no less. A long job has events of 2 MB, so that a rolling log has more than one file.
FILE_MEBIBYTES = 10
LONG_JOBS = {"single": 1, "rolling": 7}
# The letters of a name are written as they are, not as escapes.
NAME = "Zählung – 計數"
TEXT = ["to be or not to be", "that is the question", "whether 'tis nobler", "in the mind to suffer"]


def settings(codec, layout, folder):
    """Defaults differ between versions: all that matters here is said."""
    compression = {} if codec == "none" else {"spark.eventLog.compression.codec": codec}
    return compression | {
        "spark.master": "local[2,3]",
        "spark.app.name": f"{NAME}, {codec}, {layout}",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": str(codec != "none").lower(),
        "spark.eventLog.rolling.enabled": str(layout == "rolling").lower(),
        "spark.eventLog.rolling.maxFileSize": f"{FILE_MEBIBYTES}m",
        "spark.eventLog.logBlockUpdates.enabled": "true",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": (folder.parent / "warehouse").as_uri(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def count_words(context):
    words = context.parallelize(TEXT * 5, 3).flatMap(str.split)
    counts = dict(words.map(lambda word: (word, 1)).reduceByKey(operator.add, 4).sortByKey().collect())
    if counts["to"] != 15:
        sys.exit(f"a word count that is wrong: {counts}")


def fail_a_task(context):
    """The first attempt of a partition fails; the job does not."""

    def first_attempt_fails(partition, values):
        if partition == 1 and TaskContext.get().attemptNumber() == 0:
            raise ValueError("fails once, \"quoted\"\n\tand on two lines")
        return values

    context.parallelize(range(20), 2).mapPartitionsWithIndex(first_attempt_fails).count()


def fail_a_job(context):
    def always_fails(value):
        raise ValueError(f"fails always: {value}")

    try:
        context.parallelize(range(2), 2).map(always_fails).count()
    except Py4JJavaError:
        return
    sys.exit("a job that should fail does not")


def meet(context):
    """A barrier stage whose tasks meet."""

    def barrier(values):
        BarrierTaskContext.get().barrier()
        return values

    context.parallelize(range(10), 2).barrier().mapPartitions(barrier).count()


def query(session):
    """SQL over a cached table, which is then released."""
    table = session.range(1000).selectExpr("id % 7 AS part", "id AS amount").cache()
    for _ in range(2):
        table.groupBy("part").sum("amount").collect()
    table.unpersist(blocking=True)


def run_long_jobs(context, jobs):
    """A job's properties are written twice."""
    text = "".join(chr(0x21 + number * 7919 % 0x5f00) for number in range(FILE_MEBIBYTES * 1024 * 1024 // 30))
    context.setLocalProperty("padding", text.encode("utf-8", "ignore").decode())
    for _ in range(jobs):
        context.parallelize([1], 1).count()
    context.setLocalProperty("padding", None)


def run(codec, layout, folder):
    """Runs the application; answers its id and its version of Spark."""
    wanted = settings(codec, layout, folder)
    session = SparkSession.builder.config(conf=SparkConf(loadDefaults=False).setAll(wanted.items())).getOrCreate()
    context = session.sparkContext
    # A context that is there already keeps its settings.
    found = dict(context.getConf().getAll())
    wrong = {key: (found.get(key), value) for key, value in wanted.items() if found.get(key) != value}
    if wrong:
        sys.exit(f"settings that do not apply, as (found, wanted): {wrong}")
    try:
        count_words(context)
        fail_a_task(context)
        fail_a_job(context)
        meet(context)
        query(session)
        run_long_jobs(context, LONG_JOBS[layout])
        return context.applicationId, context.version, context._jvm
    finally:
        session.stop()


def write_plain(jvm, log, plain):
    """Has Spark itself decompress a log."""
    files = [log]
    if log.is_dir():
        files = sorted(log.glob("events_*"), key=lambda file: int(file.name.split("_")[1]))
    file_system = jvm.org.apache.hadoop.fs.FileSystem.getLocal(jvm.org.apache.hadoop.conf.Configuration()).getRaw()
    text = jvm.java.io.FileOutputStream(str(plain))
    for file in files:
        path = jvm.org.apache.hadoop.fs.Path(str(file))
        stream = jvm.org.apache.spark.deploy.history.EventLogFileReader.openEventLog(path, file_system)
        stream.transferTo(text)
        stream.close()
    text.close()


def main(folder):
    for layout in LAYOUTS:
        for codec in CODECS:
            logs = folder / f"{codec}-{layout}" / "log"
            logs.mkdir(parents=True)
            application, version, jvm = run(codec, layout, logs)
            (log,) = (path for path in logs.iterdir() if not path.name.startswith("."))
            write_plain(jvm, log, logs.parent / "plain")
            print(json.dumps({
                "codec": codec, "layout": layout, "spark": version, "application": application, "log": str(log),
            }), flush=True)


main(pathlib.Path(sys.argv[1]).resolve())
