"""Logs of a writer that was killed: Spark reads every event that had been flushed, and as many as we do."""

import collections
import json
import subprocess

READ_WITHIN = 300.0


def check(checks, spark, binaries, folder):
    """The folder has a folder for each log, CODEC-LAYOUT-NUMBER, with a file that says how many events were flushed."""
    flushed, variants = {}, collections.defaultdict(list)
    for killed in sorted(folder.iterdir()):
        (log,) = (path for path in killed.iterdir() if path.name != "flushed")
        flushed[log] = int((killed / "flushed").read_text())
        variants[killed.name.rpartition("-")[0]].append(log)
    by_spark = spark.replayed(flushed)
    for variant, killed in variants.items():
        wrong = [reason for log in killed for reason in compare(binaries, log, flushed[log], by_spark.get(log))]
        events = sum(flushed[log] for log in killed)
        checks.note(f"killed, {variant}", wrong[:5], f"Spark reads the {events} events flushed to {len(killed)} logs")
    checks.note("killed: codecs and layouts", len(variants) != 10 and sorted(variants), "10")


def compare(binaries, log, flushed, by_spark):
    if by_spark is None or by_spark["failure"]:
        return [f"{log.parent.name}: Spark fails: {by_spark and by_spark['failure']}"]
    read = sum(by_spark["events"].values())
    wrong = [f"{log.parent.name}: Spark reads {read} events, {flushed} were flushed"] if read < flushed else []
    run = subprocess.run([binaries / "replay", "--json", log], capture_output=True, text=True, timeout=READ_WITHIN)
    ours = collections.Counter(json.loads(run.stdout)["events_by_type"]) if run.stdout else run.stderr
    # Spark says of which class an event is, we what its name is: the last part is the same.
    theirs = collections.Counter({name.rpartition(".")[2]: count for name, count in by_spark["events"].items()})
    return wrong if ours == theirs else [*wrong, f"{log.parent.name}: we read {ours}, Spark {theirs}"]
