"""A race of processes for the partitions of a stage: each is granted once, and what a killed one held is granted again."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import grpc
from commit.v1 import commit_pb2 as pb
from commit.v1.commit_pb2_grpc import CommitDriverStub, CommitWorkerStub

from processes import EXAMPLES, PATIENCE, Coordinator

PROCESSES, PARTITIONS, STAGE = 8, 1000, 5
WORKER_TOKEN, DRIVER_TOKEN = "a-token-for-workers", "a-token-for-drivers"
EXECUTOR_TIMEOUT = 6.0
OPTIONS = ["--executor-timeout", f"{EXECUTOR_TIMEOUT:.0f}s", "--unknown-outcome", "regrant"]
METRIC = 'commit_coordinator_%s{coordinator="commit-coordinator"}'
REMOVED = 'commit_coordinator_executors_removed_total{coordinator="commit-coordinator",reason="silent"}'


def check(holds, otherwise):
    if not holds:
        sys.exit(f"FAILED: {otherwise}")


def bearer(token):
    return [("authorization", f"Bearer {token}")]


class Racer:
    """The example program, as one executor; it begins when it is told to, and lives until it is dismissed."""

    def __init__(self, address, number):
        self.name, self.attempt, self.granted = f"executor-{number}", number, {}
        environment = os.environ | {"BARRIER_TOKEN": WORKER_TOKEN}
        arguments = [address, self.name, *map(str, (STAGE, PARTITIONS, number))]
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, EXAMPLES / "commit_worker.py", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish_asking(self):
        for line in self.process.stdout:
            if line == "asked\n":
                return
            partition, token = map(int, line.split("\t"))
            self.granted[partition] = token
        self.errors.seek(0)
        sys.exit(f"FAILED: {self.name} has ended: {self.errors.read()}")

    def dismiss(self):
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        check(code == 0, f"{self.name} ended with {code}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Driver:
    """Whoever drives the stage, with the token for that."""

    def __init__(self, channel):
        self.stub, self.metadata = CommitDriverStub(channel), bearer(DRIVER_TOKEN)

    def call(self, name, request):
        return getattr(self.stub, name)(request, metadata=self.metadata, timeout=PATIENCE)

    def executors(self):
        return [executor.executor_id for executor in self.call("Snapshot", pb.SnapshotRequest()).executors]

    def wait_for_executors(self, names):
        deadline = time.monotonic() + PATIENCE
        while (there := self.executors()) != sorted(names):
            check(time.monotonic() < deadline, f"the executors are {there}, not {sorted(names)}")
            time.sleep(0.02)


def tokens(channel):
    """A worker's token ends no stage, nor does none, nor a driver's token ask."""
    driver, worker = CommitDriverStub(channel), CommitWorkerStub(channel)
    task = pb.TaskAttempt(stage_id=STAGE)
    calls = [
        (driver.StageEnd, pb.StageEndRequest(stage_id=STAGE), bearer(WORKER_TOKEN)),
        (driver.TaskCompleted, pb.TaskCompletedRequest(task=task, kind=pb.TASK_END_KIND_SUCCESS), bearer(WORKER_TOKEN)),
        (driver.StageEnd, pb.StageEndRequest(stage_id=STAGE), []),
        (worker.CanCommit, pb.CanCommitRequest(task=task), bearer(DRIVER_TOKEN)),
        (worker.CanCommit, pb.CanCommitRequest(task=task), []),
    ]
    for method, request, metadata in calls:
        try:
            answer = method(request, metadata=metadata, timeout=PATIENCE)
        except grpc.RpcError as error:
            check(error.code() == grpc.StatusCode.UNAUTHENTICATED, f"refused otherwise: {error}")
        else:
            check(False, f"let in with {metadata}: {answer}")
    return len(calls)


def is_refused(code, method, request, token):
    try:
        method(request, metadata=bearer(token), timeout=PATIENCE)
    except grpc.RpcError as error:
        check(error.code() == code, f"refused otherwise: {error}")
        return True
    return False


def namesake(channel):
    """Another process does not get the name of one that lives."""
    worker, metadata = CommitWorkerStub(channel), bearer(WORKER_TOKEN)
    for number in range(10):
        one, other = (pb.Executor(executor_id=f"namesake-{number}", process=process) for process in (1, 2))
        began = time.monotonic()
        worker.RegisterExecutor(pb.RegisterExecutorRequest(executor=one), metadata=metadata, timeout=PATIENCE)
        request = pb.RegisterExecutorRequest(executor=other)
        refused = is_refused(grpc.StatusCode.ALREADY_EXISTS, worker.RegisterExecutor, request, WORKER_TOKEN)
        worker.Leave(pb.LeaveRequest(executor=one if refused else other), metadata=metadata, timeout=PATIENCE)
        if refused:
            return
        # On a machine that is busy, the first was silent for long enough.
        check(time.monotonic() - began > EXECUTOR_TIMEOUT / 5, "a living executor has lost its name")
    check(False, "the machine is too busy to register two executors at once")


def late(driver):
    """The end of a stage that arrives once more when it has been started again does not end it."""
    name, stage = random.getrandbits(64) | 1, STAGE + 1
    start = lambda sequence: pb.StageStartRequest(stage_id=stage, driver=name, sequence=sequence)
    end = lambda sequence: pb.StageEndRequest(stage_id=stage, driver=name, sequence=sequence)
    for call, request in [("StageStart", start(1)), ("StageEnd", end(2)), ("StageStart", start(3))]:
        driver.call(call, request)
    refused = is_refused(grpc.StatusCode.FAILED_PRECONDITION, driver.stub.StageEnd, end(2), DRIVER_TOKEN)
    check(refused, "a late call was applied")
    check(driver.call("StageEnd", end(4)).was_there, "a late call has ended a stage")


def check_race(racers):
    """Each partition was granted to one of them; and the race was one."""
    for racer in racers:
        racer.finish_asking()
    holders = {}
    for racer in racers:
        for partition, token in racer.granted.items():
            check(partition not in holders, f"{partition} was granted to two: {racer.name} and {holders.get(partition)}")
            holders[partition] = (racer, token)
    check(sorted(holders) == list(range(PARTITIONS)), f"{PARTITIONS - len(holders)} partitions were granted to nobody")
    return holders


def kill_one(driver, channel, racers, holders):
    """A process is killed while it holds grants: it is missed, and its partitions are granted again."""
    victim = max(racers, key=lambda racer: len(racer.granted))
    victim.process.send_signal(signal.SIGKILL)
    began = time.monotonic()
    driver.wait_for_executors([racer.name for racer in racers if racer is not victim])
    took = time.monotonic() - began
    worker, metadata = CommitWorkerStub(channel), bearer(WORKER_TOKEN)
    heir = pb.Executor(executor_id="heir", process=random.getrandbits(64))
    worker.RegisterExecutor(pb.RegisterExecutorRequest(executor=heir, cores=1), metadata=metadata, timeout=PATIENCE)
    attempts = [pb.TaskAttempt(stage_id=STAGE, partition_id=p, attempt_number=PROCESSES) for p in range(PARTITIONS)]
    asked = pb.CanCommitAllRequest(tasks=attempts, executor=heir)
    answers = worker.CanCommitAll(asked, metadata=metadata, timeout=PATIENCE).answers
    for partition, answer in enumerate(answers):
        holder, token = holders[partition]
        is_free = answer.HasField("granted")
        check(is_free == (holder is victim), f"{partition} of {holder.name} after the end of {victim.name}: {answer}")
        check(not is_free or answer.granted.token > token, f"{partition} had token {token}, and has {answer}")
    worker.Leave(pb.LeaveRequest(executor=heir), metadata=metadata, timeout=PATIENCE)
    return victim, f"{victim.name} was missed after {took:.1f} s; its {len(victim.granted)} partitions were granted again"


def end(driver, racers, holders, victim):
    """The attempts are told to have ended, and the stage ends."""
    for partition, (holder, _) in holders.items():
        attempt = PROCESSES if holder is victim else holder.attempt
        task = pb.TaskAttempt(stage_id=STAGE, partition_id=partition, attempt_number=attempt)
        told = driver.call("TaskCompleted", pb.TaskCompletedRequest(task=task, kind=pb.TASK_END_KIND_SUCCESS))
        check(told.HasField("committed"), f"{partition} is not committed: {told}")
    for racer in racers:
        if racer is not victim:
            racer.dismiss()
    driver.wait_for_executors([])
    check(driver.call("StageEnd", pb.StageEndRequest(stage_id=STAGE)).was_there, "the stage was ended before")


def metrics(coordinator, held_by_victim, refused):
    """The counters are those of what has been done, a quarter of a second later at the latest."""
    expected = {
        METRIC % "grants_total": PARTITIONS + held_by_victim,
        METRIC % "stages": 0,
        METRIC % "executors": 0,
        REMOVED: 1,
        'commit_coordinator_denials_total{coordinator="commit-coordinator",reason="held_by"}':
            (PROCESSES - 1) * PARTITIONS + PARTITIONS - held_by_victim,
        'commit_coordinator_grpc_unauthenticated_total{coordinator="commit-coordinator",service="driver"}': 3,
        'commit_coordinator_grpc_unauthenticated_total{coordinator="commit-coordinator",service="worker"}': refused - 3,
    }
    deadline = time.monotonic() + PATIENCE
    while True:
        series = coordinator.scrape("commit_coordinator")
        wrong = {name: series.get(name) for name, value in expected.items() if series.get(name) != str(value)}
        if not wrong:
            return f"{len(expected)} of {len(series)} series as expected"
        check(time.monotonic() < deadline, f"the metrics are {wrong}, and not {expected}")
        time.sleep(0.02)


def race(binary, say):
    with Coordinator(binary, *OPTIONS, token=WORKER_TOKEN, driver_token=DRIVER_TOKEN) as coordinator:
        with grpc.insecure_channel(coordinator.address) as channel:
            driver = Driver(channel)
            started = driver.call("StageStart", pb.StageStartRequest(stage_id=STAGE, max_partition_id=PARTITIONS - 1))
            check(started.HasField("started"), f"the stage was not started: {started}")
            racers = [Racer(coordinator.address, number) for number in range(PROCESSES)]
            try:
                driver.wait_for_executors([racer.name for racer in racers])
                began = time.monotonic()
                for racer in racers:
                    racer.begin()
                holders = check_race(racers)
                took = time.monotonic() - began
                say(f"{PARTITIONS} partitions, each granted once among {PROCESSES} processes, in {took:.1f} s")
                refused = tokens(channel)
                say(f"{refused} calls with another service's token, or none, were refused")
                namesake(channel)
                late(driver)
                say("a namesake of a living executor, and a stage's end that came late, were refused")
                victim, told = kill_one(driver, channel, racers, holders)
                say(told)
                end(driver, racers, holders, victim)
            finally:
                for racer in racers:
                    racer.__exit__()
        say(metrics(coordinator, len(victim.granted), refused))
        coordinator.stop()
