"""Every log of a corpus, read and written again through a listener bus: Spark's History Server answers as before."""

import concurrent.futures
import json
import shutil
import subprocess

import logs
from checks import differences
from history import ANSWERS, Answers, comparable, listed

CODECS = ("none", "lz4", "lzf", "snappy", "zstd")
LAYOUTS = ("single", "rolling")
# What was saved of earlier answers, by file name.
SAVED = {
    "jobs": "jobs", "stages": "stages", "allexecutors": "executors", "sql": "sql", "storage_rdd": "storage",
}
WRITE_WITHIN = 300.0
THREADS = 2


def check(checks, servers, binaries, corpus, answers, scratch):
    originals = logs.in_corpus(corpus)
    by_name = serve_originals(servers, originals, scratch)
    compare_with_saved(checks, by_name, answers)
    for layout in LAYOUTS:
        for codec in CODECS:
            folder = scratch / f"{codec}-{layout}"
            folder.mkdir()
            convert_all(checks, binaries, originals, codec, layout, folder)
            compare(checks, servers, folder, by_name, f"{codec}, {layout}", scratch / "answers")
            shutil.rmtree(folder)


def serve_originals(servers, originals, scratch):
    """The answers for the logs as Spark wrote them, by the logs' names."""
    folder = scratch / "originals"
    folder.mkdir()
    for log in originals.values():
        logs.give_to_spark(log, folder)
    found = answers_of(servers, folder, len(originals), scratch / "originals-answers")
    shutil.rmtree(folder)
    # Spark names a log after its application.
    return {name: only(answers for id, answers in found.items() if id in log.name) for name, log in originals.items()}


def only(values):
    (value,) = values
    return value


def answers_of(servers, folder, number, answers):
    """What a server over a folder answers for each of its applications, by their ids."""
    api = servers.serve(folder)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        asked = {
            id: threads.submit(Answers, api, application, answers / id)
            for id, application in listed(api, number).items()
        }
        return {id: answer.result() for id, answer in asked.items()}


def compare_with_saved(checks, by_name, answers):
    """This server answers as an earlier one did, so that what follows is measured against the right thing."""
    if not answers.is_dir():
        print("no saved answers of a History Server beside this repository: this one's own are compared")
        return
    for folder in sorted(answers.iterdir()):
        wrong = []
        for file in sorted(folder.iterdir()):
            expected = comparable(json.loads(file.read_text()))
            wrong += differences(by_name[folder.name].value(SAVED[file.stem]), expected, file.stem)
        checks.note(f"{folder.name}, as Spark wrote it", wrong, "answered as saved")


def convert_all(checks, binaries, originals, codec, layout, folder):
    def convert(log):
        command = [binaries / "event-log", "convert", log, "--to", folder, "--codec", codec, "--layout", layout,
                   "--max-file-size", "2m", "--through-bus"]
        return subprocess.run(command, capture_output=True, text=True, timeout=WRITE_WITHIN)

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        runs = dict(zip(originals, threads.map(convert, originals.values())))
    wrong = {}
    for name, run in runs.items():
        # Of a log that is cut short it tells so.
        if run.returncode not in ((0, 1) if logs.is_in_progress(originals[name]) else (0,)):
            wrong[name] = f"exit code {run.returncode}: {run.stderr}"
    files = [part.name for log in logs.written_in(folder) for part in logs.parts(log)]
    misnamed = [file for file in files if not file.endswith(f".{codec}") and codec != "none"]
    wrong |= {"misnamed": misnamed} if misnamed else {}
    checks.note(f"{codec}, {layout}: written again", wrong, f"{len(runs)} logs in {len(files)} files")


def compare(checks, servers, folder, by_name, variant, answers):
    """The History Server lists each log that was written again, and answers as for the original."""
    found = answers_of(servers, folder, len(by_name), answers)
    for name, original in by_name.items():
        answered = found.get(original.entry["id"])
        wrong = ["not listed"] if answered is None else compare_answers(answered, original)
        state = "completed" if original.is_completed() else "in progress"
        checks.note(f"{variant}: {name}", wrong, f"listed, {state}, {original.counts()}")
    shutil.rmtree(answers)


def compare_answers(found, original):
    wrong = [*original.failures.values(), *found.failures.values()]
    wrong += differences(found.listing(), original.listing(), "application")
    for name in ANSWERS:
        # They may be long, and are seldom read.
        if found.hashes[name] != original.hashes[name]:
            wrong += differences(found.value(name), original.value(name), name)
    return wrong
