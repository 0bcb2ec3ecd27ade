"""A task of a gang, with what the coordinator's `.proto` offers and nothing else.

Usage: worker.py ADDRESS STAGE PARTITION TASKS ROUNDS. It meets the other tasks in ROUNDS rounds, every second one with
a message. BARRIER_TOKEN holds the token, if the coordinator wants one. The modules of barrier.v1 are made by
`python -m grpc_tools.protoc -I barrier/proto --python_out=. --grpc_python_out=. barrier/proto/barrier/v1/barrier.proto`.
"""

import os
import sys
import time

import grpc
from barrier.v1 import barrier_pb2 as pb
from barrier.v1.barrier_pb2_grpc import BarrierCoordinatorStub
from google.protobuf.json_format import MessageToJson

stage, partition, tasks, rounds = map(int, sys.argv[2:])
gang = pb.StageAttempt(stage_id=stage, attempt_id=0)
task = pb.Participant(stage_attempt=gang, num_tasks=tasks, partition_id=partition, task_attempt_id=partition)
# An answer has the messages of all tasks: as much as the coordinator allows, and not the 4 MiB of gRPC.
options = [("grpc.max_receive_message_length", -1)]
coordinator = BarrierCoordinatorStub(grpc.insecure_channel(sys.argv[1], options))
token = os.environ.get("BARRIER_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []


def sync(epoch, kind, message=b""):
    arrival = pb.Arrival(participant=task, epoch=epoch, kind=kind, message=message)
    request = pb.SyncRequest(arrival=arrival, wait_millis=20_000)
    while True:  # The same request again is never counted twice.
        try:
            answer = coordinator.Sync(request, metadata=metadata, timeout=60, wait_for_ready=True)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            continue  # The connection broke; if there is none for 60 s, that is DEADLINE_EXCEEDED.
        if answer.HasField("released"):
            return list(answer.released.messages)
        if answer.HasField("failure"):
            sys.exit(MessageToJson(answer.failure, indent=None, preserving_proto_field_name=True))


# From its first sign of life on, a task that dies between two rounds is missed as well. One that computes for longer
# than the server's --lost-after must give more of them.
coordinator.Heartbeat(pb.HeartbeatRequest(participant=task), metadata=metadata, timeout=60, wait_for_ready=True)
for epoch in range(rounds):
    entered = time.monotonic()
    if epoch % 2 == 0:
        messages = sync(epoch, pb.SYNC_KIND_BARRIER)
    else:
        messages = sync(epoch, pb.SYNC_KIND_ALL_GATHER, f"{partition} in round {epoch}".encode())
    print(epoch, entered, time.monotonic(), [message.decode() for message in messages], sep="\t", flush=True)
coordinator.Leave(pb.LeaveRequest(participant=task), metadata=metadata)
