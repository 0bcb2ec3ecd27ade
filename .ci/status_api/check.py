"""Serves logs of real applications, one after the other, and asks for what they answer: see .ci/status-api."""

import gzip
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from compare import Comparison
from history import HistoryServers, listed

# For a log to be read, and the server to answer.
SERVE_WITHIN = 120.0
# Logs of applications that have ended: of others, the History Server takes the file's time for the end. And not one
# with more tasks than our answers tell of.
LEFT_OUT = ("k_killed", "k2_cut", "counts", "README", ".inprogress", "j_big")
# What schemathesis is told of, so that it asks also for what there is.
KNOWN_IDS = """
[parameters]
"path.application" = "{application}"
"path.job" = 0
"path.stage" = 0
"path.stage_attempt" = 0
"""


def main():
    replay, schemathesis, class_path, *folders = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        logs = Path(scratch, "logs")
        logs.mkdir()
        for folder in map(Path, folders):
            collect(folder, logs)
        with HistoryServers(class_path, Path(scratch, "errors")) as servers:
            theirs = servers.serve(logs)
            applications = listed(theirs, len(list(logs.iterdir())))
            failures = sum(compared(replay, log, theirs.removesuffix("/applications"), applications)
                           for log in sorted(logs.iterdir()))
        failures += asked_anything(replay, schemathesis, sorted(logs.iterdir())[0], Path(scratch))
    return 1 if failures else 0


def collect(folder, logs):
    """Takes each application's log once, in a form that the History Server knows: it does not know .gz."""
    for log in sorted(folder.rglob("*")) if folder.is_dir() else ():
        is_log = log.name.startswith(("local-", "app-", "eventlog_v2_")) and "eventlog_v2_" not in log.parent.name
        names = [str(log), *(file.name for file in log.glob("appstatus_*"))]
        if not is_log or any(part in name for part in LEFT_OUT for name in names):
            continue
        copy = logs / log.name.removesuffix(".gz")
        if copy.exists():
            continue
        if log.is_dir():
            shutil.copytree(log, copy)
        elif log.suffix == ".gz":
            copy.write_bytes(gzip.decompress(log.read_bytes()))
        else:
            shutil.copy(log, copy)


@contextmanager
def served(replay, log):
    """Our API, over one log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([replay, "--page", f"127.0.0.1:{port}", log], stdout=subprocess.DEVNULL)
    try:
        api = f"http://127.0.0.1:{port}/api/v1"
        wait_for_end(api, process)
        yield api
    finally:
        process.terminate()
        process.wait()


def wait_for_end(api, process):
    """Until the application is known, and has ended."""
    deadline = time.monotonic() + SERVE_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{api}/applications?status=completed", timeout=SERVE_WITHIN) as answer:
                if answer.read() != b"[]":
                    return
        except urllib.error.URLError:
            pass
        time.sleep(0.1)
    sys.exit("FAILED: the log is not served in time")


def compared(replay, log, theirs, applications):
    with served(replay, log) as ours:
        comparison = Comparison(ours, theirs)
        comparison.all(applications)
        print(f"{log.name}: {comparison.summary()}", flush=True)
        return len(comparison.failures)


def asked_anything(replay, schemathesis, log, scratch):
    """Whether schemathesis finds an answer that is not as the document says: to good and to bad requests."""
    with served(replay, log) as api:
        with urllib.request.urlopen(f"{api}/applications", timeout=SERVE_WITHIN) as answer:
            application = answer.read().decode().split('"id":"')[1].split('"')[0]
        settings = scratch / "schemathesis.toml"
        settings.write_text(KNOWN_IDS.format(application=application))
        anything = [schemathesis]
        what_there_is = [schemathesis, "--config-file", settings]
        run = ["run", f"{api}/openapi.json", "--url", api, "--exclude-path", "/events", "--mode", "all",
               "--max-examples", "20", "--phases", "coverage,fuzzing", "--seed", "1", "--no-color"]
        return sum(subprocess.run([*command, *run]).returncode != 0 for command in (anything, what_there_is))


if __name__ == "__main__":
    sys.exit(main())
