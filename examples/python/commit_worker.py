"""An executor whose tasks ask before they commit, with what the coordinator's `.proto` offers and nothing else.

Usage: commit_worker.py ADDRESS EXECUTOR STAGE PARTITIONS ATTEMPT. It asks for each of the partitions once, as attempt number
ATTEMPT at it, prints those it was granted with their tokens, and lives until its standard input ends. BARRIER_TOKEN holds the
workers' token, if the coordinator wants one. The modules of commit.v1 are made by `python -m grpc_tools.protoc
-I commit-coordinator/proto --python_out=. --grpc_python_out=. commit-coordinator/proto/commit/v1/commit.proto`.
"""

import os
import random
import sys
import threading
import time

import grpc
from commit.v1 import commit_pb2 as pb
from commit.v1.commit_pb2_grpc import CommitWorkerStub

address, name = sys.argv[1:3]
stage, partitions, attempt = map(int, sys.argv[3:])
executor = pb.Executor(executor_id=name, process=random.getrandbits(64))
token = os.environ.get("BARRIER_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []
coordinator = CommitWorkerStub(grpc.insecure_channel(address))


def call(method, request):
    while True:  # The same request again gets the same answer.
        try:
            return method(request, metadata=metadata, timeout=60, wait_for_ready=True)
        except grpc.RpcError as error:
            # A process of this name that was here before is lost once it has been silent for a while.
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ALREADY_EXISTS):
                raise
            time.sleep(1)


def register():
    registration = pb.RegisterExecutorRequest(executor=executor, host=os.uname().nodename, cores=1)
    return call(coordinator.RegisterExecutor, registration).beat_every_millis / 1000


def beat(every):
    while not done.wait(every):
        answer = call(coordinator.Heartbeat, pb.HeartbeatRequest(executor=executor))
        every = answer.alive.beat_every_millis / 1000 if answer.HasField("alive") else register()


def may_commit(partition):
    """The token to commit with, or None: somebody else commits."""
    task = pb.TaskAttempt(stage_id=stage, partition_id=partition, attempt_number=attempt)
    # A real task would wait for a holder that may yet fail, with wait_millis, as long as the advice is to wait.
    answer = call(coordinator.CanCommit, pb.CanCommitRequest(task=task, executor=executor))
    if answer.HasField("executor_refused"):
        sys.exit(f"{name} has no say: {answer.executor_refused}")
    return answer.granted.token if answer.HasField("granted") else None


done = threading.Event()
beats = threading.Thread(target=beat, args=[register()])
beats.start()
# Whoever starts many at once lets them begin together.
sys.stdin.readline()
for partition in range(partitions):
    granted = may_commit(partition)
    if granted is not None:
        print(partition, granted, sep="\t", flush=True)
print("asked", flush=True)
sys.stdin.read()
done.set()
beats.join()
# In good order: whoever drives the stage has been told how the attempts ended, or will be.
call(coordinator.Leave, pb.LeaveRequest(executor=executor))
