"""Checks the coordinator with clients that gRPC's own tools have made.

Usage: check.py COORDINATOR, with the generated stubs in PYTHONPATH.
"""

import contextlib
import pathlib
import signal
import sys
import tempfile
import time

import grpc
import trustme
from barrier.v1 import barrier_pb2 as pb
from barrier.v1.barrier_pb2_grpc import BarrierCoordinatorStub

from commits import race
from processes import PATIENCE, Coordinator, Worker
from relay import Relay

CALLS, SESSION = "worker.py", "session_worker.py"
PROGRAMS = [CALLS, CALLS, SESSION, SESSION]
TASKS, ROUNDS, MIDDLE = len(PROGRAMS), 100, 50
NEVER_DONE = 1_000_000
LOST_AFTER, RECONNECT_WITHIN = 6.0, 3.0
TIMES = ["--lost-after", f"{LOST_AFTER:.0f}s", "--reconnect-within", f"{RECONNECT_WITHIN:.0f}s"]
DISCONNECTED = {"SILENCE_DISCONNECTED"}
EITHER = {"SILENCE_DISCONNECTED", "SILENCE_NO_HEARTBEAT"}
# For processes of a busy machine to notice what the coordinator has told them.
MARGIN = 20.0
ROUNDS_COMPLETED = 'barrier_rounds_completed_total{coordinator="barrier",kind="%s"}'
WAITING = 'barrier_waiting_tasks{coordinator="barrier"}'
TOKEN = "a-token-for-this-check"


def check(holds, otherwise):
    if not holds:
        sys.exit(f"FAILED: {otherwise}")


@contextlib.contextmanager
def gang(addresses, stage, rounds):
    """One worker an address; there may be fewer than the gang has tasks."""
    with contextlib.ExitStack() as workers:
        yield [
            workers.enter_context(Worker(program, address, stage, partition, TASKS, rounds, TOKEN))
            for partition, (program, address) in enumerate(zip(PROGRAMS, addresses))
        ]


def check_rounds(workers):
    """All rounds, complete and in order; and nobody has left one before the last has entered it."""
    for worker in workers:
        code = worker.wait()
        check(code == 0, f"{worker.name} ended with {code}: {worker.told()}")
        check([r.epoch for r in worker.rounds] == list(range(ROUNDS)), f"{worker.name}: {worker.rounds}")
    for rounds in zip(*(worker.rounds for worker in workers)):
        epoch = rounds[0].epoch
        check(max(r.entered for r in rounds) <= min(r.left for r in rounds), f"round {epoch} was left early: {rounds}")
        expected = [f"{partition} in round {epoch}" for partition in range(TASKS)] if epoch % 2 else []
        check(all(r.messages == expected for r in rounds), f"round {epoch} has other messages: {rounds}")
    took = max(w.rounds[-1].left for w in workers) - max(w.rounds[0].entered for w in workers)
    return f"{ROUNDS} rounds of {TASKS} processes in {took:.3f} s"


def all_rounds(coordinator, stage):
    with gang([coordinator.address] * TASKS, stage, ROUNDS) as workers:
        return check_rounds(workers)


def cut_connections(coordinator, stage):
    """Clients of calls are cut off in the middle, and do not notice but for the time it takes."""
    relay = Relay(coordinator.address)
    addresses = [relay.address if program == CALLS else coordinator.address for program in PROGRAMS]
    cut = 0
    with gang(addresses, stage, ROUNDS) as workers:
        for epoch in (10, 20, 30, 40, 50):
            workers[0].wait_for_round(epoch)
            cut += relay.cut()
        told = check_rounds(workers)
    check(cut >= 2, f"only {cut} connections were cut")
    return f"{told}, with {cut} connections cut"


def lost_in_the_middle(coordinator, stage, victim, how, silences):
    """A worker is killed or stopped while it goes from round to round: all others fail, with that cause, in time."""
    with gang([coordinator.address] * TASKS, stage, NEVER_DONE) as workers:
        workers[victim].wait_for_round(MIDDLE)
        return check_lost(workers, stage, victim, how, silences)


def killed_while_waiting(coordinator, stage, victim):
    """A worker is killed while it waits: those who wait with it fail, although the gang's last task never came."""
    with gang([coordinator.address] * (TASKS - 1), stage, NEVER_DONE) as workers:
        deadline = time.monotonic() + PATIENCE
        while (waiting := coordinator.scrape()[WAITING]) != str(TASKS - 1):
            check(time.monotonic() < deadline, f"{waiting} workers wait, not {TASKS - 1}")
            time.sleep(0.02)
        return check_lost(workers, stage, victim, signal.SIGKILL, DISCONNECTED)


def check_lost(workers, stage, victim, how, silences):
    workers[victim].process.send_signal(how)
    began = time.monotonic()
    for worker in workers[:victim] + workers[victim + 1:]:
        code = worker.wait()
        took = time.monotonic() - began
        check(code == 1, f"{worker.name} ended with {code}: {worker.told()}")
        failure = first_cause(worker.failure())
        check(failure["reason"] == "task_lost", f"{worker.name} failed with {failure}")
        lost = failure["task_lost"]
        check(lost.get("partition_id", 0) == victim, f"{worker.name} misses another task: {failure}")
        check(lost["stage_attempt"]["stage_id"] == stage, f"{worker.name} tells of another gang: {failure}")
        check(lost["silence"] in silences, f"{worker.name} fails for another silence: {failure}")
        check(took <= LOST_AFTER + MARGIN, f"{worker.name} failed after {took:.1f} s only")
    what = f"{workers[victim].name} got {how.name}, the others failed after {took:.1f} s"
    return f"{what}: {failure['message']}"


def first_cause(failure):
    while "attempt_dead" in failure:
        failure = failure["attempt_dead"]["cause"]
    return failure


def tokens(coordinator):
    """Nobody comes in without the right token, by whichever call."""
    task = pb.Participant(stage_attempt=pb.StageAttempt(stage_id=1_000), num_tasks=1)
    refused = 0
    with grpc.insecure_channel(coordinator.address) as channel:
        stub = BarrierCoordinatorStub(channel)
        for metadata in ([], [("authorization", f"Bearer {TOKEN}x")], [("authorization", TOKEN)]):
            calls = [
                lambda: stub.Heartbeat(pb.HeartbeatRequest(participant=task), metadata=metadata, timeout=PATIENCE),
                lambda: next(stub.Session(iter(()), metadata=metadata, timeout=PATIENCE)),
            ]
            for call in calls:
                try:
                    answer = call()
                except grpc.RpcError as error:
                    refused += 1
                    check(error.code() == grpc.StatusCode.UNAUTHENTICATED, f"refused otherwise: {error}")
                    check("token" in error.details(), f"it does not say what is missing: {error.details()!r}")
                else:
                    check(False, f"let in with {metadata}: {answer}")
        check(not stub.Heartbeat(
            pb.HeartbeatRequest(participant=task), metadata=[("authorization", f"Bearer {TOKEN}")], timeout=PATIENCE
        ).HasField("failure"), "the right token is not enough")
    return refused


def metrics(coordinator, expected):
    """The counters are those of what has been done."""
    series = coordinator.scrape()
    for name, (least, most) in expected.items():
        check(name in series, f"no {name} in {sorted(series)}")
        check(least <= int(series[name]) <= most, f"{name} is {series[name]}, not from {least} to {most}")
    return f"{len(expected)} of {len(series)} series as expected"


def tls(binary):
    """A client that knows the certificate's issuer comes in over TLS, and no other."""
    issuer = trustme.CA()
    certificate = issuer.issue_cert("localhost", "127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        chain, key = pathlib.Path(folder, "cert.pem"), pathlib.Path(folder, "key.pem")
        chain.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        key.write_bytes(certificate.private_key_pem.bytes())
        with Coordinator(binary, "--tls-cert", chain, "--tls-key", key, token=TOKEN) as coordinator:
            task = pb.Participant(stage_attempt=pb.StageAttempt(stage_id=1), num_tasks=1)
            request = pb.SyncRequest(arrival=pb.Arrival(participant=task, kind=pb.SYNC_KIND_BARRIER), wait_millis=1_000)
            metadata = [("authorization", f"Bearer {TOKEN}")]

            def sync(channel):
                with channel:
                    return BarrierCoordinatorStub(channel).Sync(request, metadata=metadata, timeout=PATIENCE)

            trusting = grpc.ssl_channel_credentials(issuer.cert_pem.bytes())
            answer = sync(grpc.secure_channel(coordinator.address, trusting))
            check(answer.HasField("released"), f"a barrier over TLS gives {answer}")
            stranger = grpc.ssl_channel_credentials(trustme.CA().cert_pem.bytes())
            address = coordinator.address
            for channel in (grpc.secure_channel(address, stranger), grpc.insecure_channel(address)):
                try:
                    answer = sync(channel)
                except grpc.RpcError as error:
                    check(error.code() == grpc.StatusCode.UNAVAILABLE, f"refused otherwise: {error}")
                else:
                    check(False, f"a client that does not speak TLS with us was let in: {answer}")
            coordinator.stop()


def main(binary):
    session, calls = PROGRAMS.index(SESSION), PROGRAMS.index(CALLS)
    with Coordinator(binary, *TIMES, token=TOKEN) as coordinator:
        say(all_rounds(coordinator, stage=1))
        say(cut_connections(coordinator, stage=2))
        say(lost_in_the_middle(coordinator, 3, session, signal.SIGKILL, DISCONNECTED))
        # Between two calls it has no connection to lose.
        say(lost_in_the_middle(coordinator, 4, calls, signal.SIGKILL, EITHER))
        # Its machine answers for it, but nobody answers the server's HTTP/2 pings.
        say(lost_in_the_middle(coordinator, 5, session, signal.SIGSTOP, EITHER))
        say(killed_while_waiting(coordinator, 6, calls))
        refused = tokens(coordinator)
        say(f"{refused} calls without the right token were refused")
        least = 2 * (ROUNDS // 2) + 3 * (MIDDLE // 2)
        say(metrics(coordinator, {
            ROUNDS_COMPLETED % "BARRIER": (least, NEVER_DONE),
            ROUNDS_COMPLETED % "ALL_GATHER": (least, NEVER_DONE),
            'barrier_stage_attempts_ended_total{coordinator="barrier",reason="task_lost"}': (4, 4),
            'barrier_grpc_unauthenticated_total{coordinator="barrier"}': (refused, refused),
            WAITING: (0, 0),
        }))
        coordinator.stop()
    tls(binary)
    say("over TLS, a client that trusts the certificate was let in; others, and one in the clear, were not")
    race(binary, say)


def say(line):
    print(line, flush=True)


main(sys.argv[1])
