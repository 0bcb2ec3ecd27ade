"""Event logs as they lie in folders, and what stands in them."""

import collections
import gzip
import json
import pathlib
import shutil


def in_corpus(corpus):
    """The logs of a corpus by a name of their own: they lie in it, or each in a folder with a name."""
    found = {}
    for path in sorted(corpus.iterdir()):
        if path.is_dir() and not path.name.startswith("eventlog_v2_"):
            found |= {path.name: log for log in sorted(path.iterdir()) if not log.name.startswith(".")}
        elif path.suffix not in (".md", ".json"):
            found[path.name] = path
    return found


def is_in_progress(log):
    """Whether its writer has not ended it."""
    if log.is_dir():
        return any(part.name.endswith(".inprogress") for part in log.iterdir())
    return log.name.endswith(".inprogress")


def give_to_spark(log, folder):
    """Copies a log to where Spark is to find it. Spark does not read gzip."""
    if log.is_dir():
        shutil.copytree(log, folder / log.name)
    elif log.suffix == ".gz":
        with gzip.open(log) as packed, open(folder / log.stem, "wb") as plain:
            shutil.copyfileobj(packed, plain)
    else:
        shutil.copy(log, folder)


def count(plain):
    """The events of a plain text by their names, and the tasks by how they ended."""
    events, reasons = collections.Counter(), collections.Counter()
    with open(plain, encoding="utf-8", newline="\n") as lines:
        for line in lines:
            event = json.loads(line)
            events[event["Event"]] += 1
            if event["Event"] == "SparkListenerTaskEnd":
                reasons[event["Task End Reason"]["Reason"]] += 1
    return {"events_by_type": dict(events), "tasks_by_end_reason": dict(reasons)}


def parts(log):
    """The files of a log that hold events, in their order."""
    if not log.is_dir():
        return [log]
    return sorted(log.glob("events_*"), key=lambda part: int(part.name.split("_")[1]))


def written_in(folder):
    """The logs that were written to a folder."""
    return sorted(path for path in pathlib.Path(folder).iterdir() if not path.name.startswith("."))
