"""The log that `word-count` writes of itself: Spark's History Server lists it, with all that it counted of its run."""

import pathlib
import subprocess

import logs
from rewritten import answers_of, only

RUN_WITHIN = 120.0
ENGINE = ["--tasks", "12", "--slots", "4"]
RUNS = {
    "nothing wrong": [],
    "failing tasks": ["--fail", "0:0,7:0,7:1,7:2"],
    "a lost executor and a gang": ["--kill-executor", "1", "--barrier"],
}
ENDED = ("numCompleteTasks", "numFailedTasks", "numKilledTasks")


def check(checks, servers, binaries, folder):
    """Each log has the jobs, stages and task ends that stand in it."""
    for name, arguments in RUNS.items():
        at = folder / name.replace(" ", "-")
        (at / "logs").mkdir(parents=True)
        told = ["--output", at / "counts", "--event-log", at / "logs"]
        run([binaries / "word-count", *texts(), *ENGINE, *arguments, *told])
        (log,) = logs.written_in(at / "logs")
        (at / "plain").write_text(run([binaries / "event-log", "cat", log]))
        found = answers_of(servers, at / "logs", 1, at / "answers")
        wrong = compare(only(found.values()), at / "plain") if found else ["not listed"]
        checks.note(f"word-count, {name}", wrong, "; ".join(answers.counts() for answers in found.values()))


def compare(answers, plain):
    counted = logs.count(plain)["events_by_type"]
    stages = answers.value("stages")
    found = {
        "SparkListenerApplicationEnd": answers.is_completed(),
        "SparkListenerJobStart": len(answers.value("jobs")),
        "SparkListenerStageCompleted": sum(stage["status"] in ("COMPLETE", "FAILED") for stage in stages),
        "SparkListenerTaskEnd": sum(stage[ended] for stage in stages for ended in ENDED),
        "SparkListenerExecutorAdded": sum(executor["id"] != "driver" for executor in answers.value("executors")),
    }
    return list(answers.failures.values()) + [
        f"{name}: {number} by the History Server, {counted.get(name, 0)} in the log"
        for name, number in found.items() if number != counted.get(name, 0)
    ]


def texts():
    return sorted(pathlib.Path().glob("*.md"))


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=RUN_WITHIN, check=True).stdout
