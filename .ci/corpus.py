"""Compares what `replay` counts in each log of a corpus with the corpus's own counts.

Usage: corpus.py REPLAY CORPUS, where CORPUS/counts.json says for each log what is in it.
"""

import json
import pathlib
import subprocess
import sys

replay, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
OTHER_CODECS = (".zstd", ".lz4", ".snappy", ".lzf")

compared = failed = 0
for name, expected in json.loads((corpus / "counts.json").read_text()).items():
    files = [file for file in expected["files"] if "eventlog_v2_" not in file]
    if len(files) != 1 or files[0].removesuffix(".inprogress").endswith(OTHER_CODECS):
        continue
    run = subprocess.run([replay, "--json", corpus / files[0]], capture_output=True, text=True, timeout=300)
    summary = json.loads(run.stdout)
    found = {
        "counts": summary["events_by_type"],
        "task_end_reasons": summary["tasks_by_end_reason"],
        "events": summary["events_read"],
        "cut_lines": summary["lines_skipped"],
    }
    wrong = {key: (value, expected[key]) for key, value in found.items() if value != expected[key]}
    if (run.returncode == 0) != (expected["cut_lines"] == 0):
        wrong["exit code"] = run.returncode
    for queue in summary["queues"]:
        if queue["delivered"] != expected["events"] or queue["dropped"]:
            wrong[queue["name"]] = queue
    compared += 1
    failed += bool(wrong)
    print(f"{name}: {expected['events']} events", f"DIFFER: {wrong} {run.stderr}" if wrong else "as counted", flush=True)

if compared == 0:
    sys.exit("the corpus has no log that could be compared")
print(f"{compared - failed} passed, {failed} failed")
sys.exit(failed > 0)
