"""Compares what our status API answers with what Spark's History Server answers, for the same application."""

import json
import urllib.error
import urllib.request
from collections import Counter

ANSWER_WITHIN = 300.0

# What differs, and why: the place, `*` for any name there. What else differs is a failure.
KNOWN = {
    "*.attempts.*.lastUpdated": "Spark: when the file of the log was changed; ours: when the last thing happened",
    "*.attempts.*.lastUpdatedEpoch": "as lastUpdated",
    "jobs.*.failureReason": "ours only: why a job has failed",
    "job.failureReason": "as of jobs",
    "stages.*.tasksOmitted": "ours only: the tasks beyond 10 000 in one answer",
    "stages.*.tasks.*": "as tasksOmitted",
}
# In a summary of tasks, Spark counts those that did their work, and then takes these of the first so many of all tasks,
# those that have failed among them.
MIXED = {"duration", "gettingResultTime", "schedulerDelay"}
# The tasks of a stage that are asked for, one page each.
PAGES = (
    "", "?offset=3&length=5", "?length=10000", "?sortBy=ID&offset=1", "?sortBy=runtime&length=7",
    "?sortBy=-runtime&length=7", "?sortBy=-runtime&offset=2&length=3", "?status=failed&length=100",
    "?status=success&length=100", "?status=killed&status=failed&length=100", "?offset=100000",
)
SUMMARIES = ("", "?quantiles=0.5", "?quantiles=0,0.25,0.5,0.75,1")
# The stages of an application whose tasks are asked for.
STAGES = 12


def fetch(url):
    """The answer's status and JSON, `None` where it is none."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_WITHIN) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def differences(path, ours, theirs):
    """Where two answers differ, as paths with both values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences([*path, key], ours.get(key), theirs.get(key))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for place, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences([*path, str(place)], one, other)
    elif ours != theirs:
        yield path, ours, theirs


def matches(path, pattern):
    parts = pattern.split(".")
    if parts[0] == "*":
        return len(path) >= len(parts) - 1 and matches_all(path[-(len(parts) - 1):], parts[1:])
    return len(path) == len(parts) and matches_all(path, parts)


def matches_all(path, parts):
    return all(part in ("*", name) for name, part in zip(path, parts))


class Comparison:
    """Two servers that show the same applications."""

    def __init__(self, ours, theirs):
        self.ours, self.theirs = ours, theirs
        self.compared, self.known, self.failures = 0, Counter(), []

    def both(self, path):
        ours, theirs = fetch(f"{self.ours}/{path}"), fetch(f"{self.theirs}/{path}")
        self.compared += 1
        if ours[0] != theirs[0]:
            self.failures.append(("status", f"{path}: {ours[0]} instead of {theirs[0]}"))
            return None, None
        return ours[1], theirs[1]

    def compare(self, what, path, is_known=lambda path: False):
        ours, theirs = self.both(path)
        for job in theirs or () if what == "jobs" else filter(None, [theirs]) if what == "job" else ():
            self.count_ends_once(job)
        self.differ(what, path, ours, theirs, is_known)
        return theirs

    def differ(self, what, path, ours, theirs, is_known=lambda path: False):
        for field, mine, other in differences([what], ours, theirs):
            pattern = next((pattern for pattern in KNOWN if matches(field, pattern)), None)
            if pattern or is_known(field):
                self.known[pattern or "in summaries where tasks have failed"] += 1
            else:
                kind = ".".join("N" if part.lstrip("-").isdigit() else part for part in field)
                self.failures.append((kind, f"{path}: {'.'.join(field)} is {brief(mine)} instead of {brief(other)}"))

    def count_ends_once(self, job):
        """A failed stage attempt whose end was told twice has failed twice for Spark, and runs less than not at all."""
        if job["numActiveStages"] < 0:
            job["numFailedStages"] += job["numActiveStages"]
            job["numActiveStages"] = 0
            self.known["stages of jobs whose end was told twice"] += 1

    def by_id(self, what, path):
        """A list that Spark has no order for."""
        ours, theirs = ({each["id"]: each for each in answer or ()} for answer in self.both(path))
        self.differ(what, path, ours, theirs)

    def all(self, applications):
        """What there is to compare of the application that ours shows."""
        for entry in fetch(f"{self.ours}/applications?status=completed")[1]:
            self.application(applications[entry["id"]])
        self.compare("version", "version")

    def summary(self):
        known = "".join(f"\n  {count} times {place}: {KNOWN.get(place, '')}" for place, count in self.known.items())
        failures = Counter(kind for kind, _ in self.failures)
        examples = {kind: text for kind, text in reversed(self.failures)}
        failed = "".join(f"\n  FAILED {count} times {kind}, as {examples[kind]}" for kind, count in failures.items())
        return f"{self.compared} answers, {len(self.failures)} failures{known}{failed}"

    def application(self, entry):
        base = f"applications/{entry['id']}"
        self.compare("application", base)
        for status in ("", "?status=succeeded", "?status=failed", "?status=running"):
            jobs = self.compare("jobs", f"{base}/jobs{status}")
            if status == "":
                for job in jobs[:3]:
                    self.compare("job", f"{base}/jobs/{job['jobId']}")
        self.by_id("executors", f"{base}/executors")
        for what in ("allexecutors", "environment"):
            self.compare(what, f"{base}/{what}")
        for query in ("", "?details=true", "?withSummaries=true&quantiles=0,0.5,1", "?status=failed",
                      "?status=complete&status=skipped"):
            self.stages(f"{base}/stages{query}")
        stages = fetch(f"{self.theirs}/{base}/stages")[1]
        for stage in stages[:STAGES]:
            self.stage(base, stage)

    def stages(self, path):
        self.compare("stages", path, mixed)

    def stage(self, base, stage):
        self.stages(f"{base}/stages/{stage['stageId']}")
        attempt = f"{base}/stages/{stage['stageId']}/{stage['attemptId']}"
        for query in ("", "?details=false", "?withSummaries=true", "?taskStatus=failed"):
            self.compare("stage", f"{attempt}{query}", mixed)
        for query in SUMMARIES:
            self.compare("taskSummary", f"{attempt}/taskSummary{query}", mixed)
        tasks = {task["taskId"]: task for task in fetch(f"{self.theirs}/{attempt}/taskList?length=10000")[1]}
        for query in PAGES:
            self.tasks(f"{attempt}/taskList{query}", tasks)

    def tasks(self, path, tasks):
        """A page. Where tasks took equally long, Spark has no order: then what is compared are their times."""
        ours, theirs = self.both(path)
        if "runtime" not in path:
            self.differ("taskList", path, ours, theirs)
            return
        if ours is None or [time(task) for task in ours] != [time(task) for task in theirs]:
            self.failures.append(("times", f"{path}: the times are {brief(ours)} instead of {brief(theirs)}"))
            return
        for task in ours:
            self.differ("task", path, task, tasks[task["taskId"]])


def time(task):
    return task.get("taskMetrics", {}).get("executorRunTime"), task["status"] == "SUCCESS"


def mixed(path):
    return bool(MIXED & set(path)) and ("taskSummary" in path or "taskMetricsDistributions" in path)


def brief(value):
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}..."
