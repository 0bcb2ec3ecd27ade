"""Logs of a writer that was killed: Spark reads every event that had been flushed, and as many as we do."""

import collections
import json
import subprocess

import logs

READ_WITHIN = 300.0
# Where a kill cuts a block, Spark's own readers of these codecs fail, for the logs of a killed Spark too: LZF after every
# event before the block; Snappy may lose a few kilobytes before it, and so reads the log without the cut block.
LZF_CUT, SNAPPY_CUT = "LZFException: EOF in", "failed to read chunk"
SNAPPY_HEADER, SNAPPY_LENGTH = 16, 4


def check(checks, spark, binaries, folder):
    """The folder has a folder for each log, CODEC-LAYOUT-NUMBER, with a file that says how many events were flushed."""
    flushed, variants = {}, collections.defaultdict(list)
    for killed in sorted(folder.iterdir()):
        (log,) = (path for path in killed.iterdir() if path.name != "flushed")
        flushed[log] = int((killed / "flushed").read_text())
        variants[killed.name.rpartition("-")[0]].append(log)
    by_spark = spark.replayed(flushed)
    cut = {log: without_cut_block(log) for log, found in by_spark.items() if SNAPPY_CUT in found["failure"]}
    without = spark.replayed(cut.values()) if cut else {}
    by_spark |= {log: without[copy] for log, copy in cut.items()}
    for variant, killed in variants.items():
        wrong = [reason for log in killed for reason in compare(binaries, log, flushed[log], by_spark.get(log))]
        events = sum(flushed[log] for log in killed)
        checks.note(f"killed, {variant}", wrong[:5], f"Spark reads the {events} events flushed to {len(killed)} logs{cut_among(killed, cut)}")
    checks.note("killed: codecs and layouts", len(variants) != 10 and sorted(variants), "10")


def cut_among(killed, cut):
    number = sum(log in cut for log in killed)
    return f", {number} of them without the block they were cut in" if number else ""


def without_cut_block(log):
    """A copy of a Snappy log that ends before the block it was cut in."""
    copy = log.parent / "without-cut-block" / log.name
    copy.parent.mkdir()
    logs.give_to_spark(log, copy.parent)
    last = [part for part in logs.parts(copy) if part.stat().st_size][-1]
    stored, end = last.read_bytes(), SNAPPY_HEADER
    while end + SNAPPY_LENGTH <= len(stored):
        block_end = end + SNAPPY_LENGTH + int.from_bytes(stored[end:end + SNAPPY_LENGTH], "big")
        if block_end > len(stored):
            break
        end = block_end
    last.write_bytes(stored[:end])
    return copy


def compare(binaries, log, flushed, by_spark):
    if by_spark is None or (by_spark["failure"] and LZF_CUT not in by_spark["failure"]):
        return [f"{log.parent.name}: Spark fails: {by_spark and by_spark['failure']}"]
    read = sum(by_spark["events"].values())
    wrong = [f"{log.parent.name}: Spark reads {read} events, {flushed} were flushed"] if read < flushed else []
    run = subprocess.run([binaries / "replay", "--json", log], capture_output=True, text=True, timeout=READ_WITHIN)
    ours = collections.Counter(json.loads(run.stdout)["events_by_type"]) if run.stdout else run.stderr
    # Spark says of which class an event is, we what its name is: the last part is the same.
    theirs = collections.Counter({name.rpartition(".")[2]: count for name, count in by_spark["events"].items()})
    return wrong if ours == theirs else [*wrong, f"{log.parent.name}: we read {ours}, Spark {theirs}"]
