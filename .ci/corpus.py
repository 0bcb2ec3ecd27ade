"""Compares what `replay` counts in each log of a corpus with the corpus's own counts, for the log itself and for what
`event-log convert --through-bus` makes of it in every codec and layout.

Usage: corpus.py BINARIES CORPUS, where CORPUS/counts.json says for each log what is in it.
"""

import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

binaries, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
CODECS = ("none", "zstd", "lz4", "snappy", "lzf")
LAYOUTS = ("single", "rolling")
COMPRESSED = (".zstd", ".lz4", ".snappy", ".lzf", ".gz")
# The whole corpus takes a few minutes; a run that takes longer than this hangs.
PATIENCE = 300


def run(program, *args):
    return subprocess.run([binaries / program, *args], capture_output=True, text=True, timeout=PATIENCE)


def log_of(expected):
    """The log as a user names it: a file, or the folder of a rolling one."""
    first = pathlib.PurePath(expected["files"][0])
    rolling = first.parent.name.startswith("eventlog_v2_")
    return corpus / (first.parent if rolling else first)


def found_in(summary):
    return {
        "counts": summary["events_by_type"],
        "task_end_reasons": summary["tasks_by_end_reason"],
        "events": summary["events_read"],
        "cut_lines": summary["lines_skipped"],
    }


def is_cut_stream(log, expected):
    return expected["cut_lines"] > 0 and log.name.removesuffix(".inprogress").endswith(COMPRESSED)


def at_least(found, counted):
    if isinstance(counted, dict):
        return all(found.get(key, 0) >= value for key, value in counted.items())
    return found >= counted


def compare(log, expected, lower_bound=False):
    """What `replay` finds, and what of it is wrong.

    Where a compressed stream is cut, the corpus counts to the last block that its decoder gave out; a decoder that
    gives out more of the last block finds more whole events."""
    replayed = run("replay", "--json", log)
    summary = json.loads(replayed.stdout)
    found = found_in(summary)
    is_right = at_least if lower_bound else (lambda one, other: one == other)
    wrong = {key: (value, expected[key]) for key, value in found.items() if not is_right(value, expected[key])}
    if (replayed.returncode == 0) != (expected["cut_lines"] == 0):
        wrong["exit code"] = replayed.returncode
    for queue in summary["queues"]:
        if queue["delivered"] != found["events"] or queue["dropped"]:
            wrong[queue["name"]] = queue
    if wrong:
        wrong["told"] = replayed.stderr
    return found, wrong


def rewrite(log, found, expected):
    """Writes the log in every codec and layout, and gives what is wrong with that."""
    whole = {**found, "cut_lines": 0}
    wrong = {}
    for codec, layout in itertools.product(CODECS, LAYOUTS):
        with tempfile.TemporaryDirectory() as folder:
            args = ["--through-bus", "--json", "--codec", codec, "--layout", layout, "--max-file-size", "2m"]
            converted = run("event-log", "convert", *args, "--to", folder, log)
            as_expected = (converted.returncode == 0) == (expected["cut_lines"] == 0)
            logs = json.loads(converted.stdout)["logs"]
            if not as_expected or len(logs) != 1 or logs[0]["events"] != whole["events"]:
                wrong[codec, layout] = (converted.returncode, logs, converted.stderr)
                continue
            _, differences = compare(pathlib.Path(logs[0]["to"]), whole)
            if differences:
                wrong[codec, layout] = differences
    return wrong


failed = 0
counts = json.loads((corpus / "counts.json").read_text())
for name, expected in counts.items():
    log = log_of(expected)
    lower_bound = is_cut_stream(log, expected)
    found, wrong = compare(log, expected, lower_bound)
    wrong |= rewrite(log, found, expected)
    failed += bool(wrong)
    as_counted = f"at least the {expected['events']} counted" if lower_bound else "as counted"
    told = f"DIFFER: {wrong}"[:2000] if wrong else f"{as_counted}, and written anew in {len(CODECS) * len(LAYOUTS)} ways"
    print(f"{name}: {found['events']} events,", told, flush=True)

if not counts:
    sys.exit("the corpus has no log that could be compared")
print(f"{len(counts) - failed} passed, {failed} failed")
sys.exit(failed > 0)
