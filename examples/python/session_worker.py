"""A task of a gang that holds one stream open: the faster way, with what the coordinator's `.proto` offers.

It is used as worker.py is, which is simpler, and does the same. It does not connect again: if the stream breaks, it
fails, and its gang with it.
"""

import os
import queue
import sys
import threading
import time

import grpc
from barrier.v1 import barrier_pb2 as pb
from barrier.v1.barrier_pb2_grpc import BarrierCoordinatorStub
from google.protobuf.json_format import MessageToJson

stage, partition, tasks, rounds = map(int, sys.argv[2:])
gang = pb.StageAttempt(stage_id=stage, attempt_id=0)
task = pb.Participant(stage_attempt=gang, num_tasks=tasks, partition_id=partition, task_attempt_id=partition)
token = os.environ.get("BARRIER_TOKEN")
metadata = [("authorization", f"Bearer {token}")] if token else []

requests = queue.SimpleQueue()  # None ends the stream.
# A response may have a message as large as the coordinator allows, and not only the 4 MiB of gRPC.
options = [("grpc.max_receive_message_length", -1)]
coordinator = BarrierCoordinatorStub(grpc.insecure_channel(sys.argv[1], options))
responses = coordinator.Session(iter(requests.get, None), metadata=metadata)
welcome = next(responses).welcome


def beat():
    while True:
        time.sleep(welcome.heartbeat_every_millis / 1000)
        requests.put(pb.SessionRequest(beat=pb.Beat()))


def sync(epoch, kind, message=b""):
    arrival = pb.Arrival(participant=task, epoch=epoch, kind=kind, message=message)
    requests.put(pb.SessionRequest(arrival=arrival))
    messages = []
    for response in responses:
        match response.WhichOneof("response"):
            case "released":
                messages += response.released.messages
                if not response.released.has_more:
                    return messages
            case "ended" | "refused" as what:
                failure = getattr(response, what).failure
                sys.exit(MessageToJson(failure, indent=None, preserving_proto_field_name=True))
    sys.exit("the session has ended")


threading.Thread(target=beat, daemon=True).start()
for epoch in range(rounds):
    entered = time.monotonic()
    if epoch % 2 == 0:
        messages = sync(epoch, pb.SYNC_KIND_BARRIER)
    else:
        messages = sync(epoch, pb.SYNC_KIND_ALL_GATHER, f"{partition} in round {epoch}".encode())
    print(epoch, entered, time.monotonic(), [message.decode() for message in messages], sep="\t", flush=True)
requests.put(pb.SessionRequest(leave=task))
while next(responses).WhichOneof("response") != "left":
    pass
requests.put(None)
