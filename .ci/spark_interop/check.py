"""Checks with Spark itself that we read what it writes, and that it reads what we write.

Usage: check.py BINARIES TOOLS CORPUS ANSWERS KILLED. BINARIES holds `replay`, `event-log` and `word-count`; TOOLS
holds a pyspark-VERSION for each version, and classes; CORPUS is a folder of logs that Spark wrote, ANSWERS what its
History Server answered for some of them, and KILLED holds logs of a writer that was killed. ANSWERS may be missing.
"""

import pathlib
import signal
import sys
import tempfile

import killed
import own
import peer
import rewritten
from checks import Checks


def main(binaries, tools, corpus, answers, left_by_killed):
    checks = Checks()
    # So that what was started ends, and what was written goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="spark-interop-") as temporary:
        scratch = pathlib.Path(temporary)
        spark = peer.Spark(tools)
        peer.check_applications(checks, spark, binaries, scratch / "applications")
        killed.check(checks, spark, binaries, left_by_killed)
        with spark.history_servers(scratch / "history-server.log") as servers:
            rewritten.check(checks, servers, binaries, corpus, answers, scratch)
            own.check(checks, servers, binaries, scratch / "word-count")
    checks.end()


main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:]))
