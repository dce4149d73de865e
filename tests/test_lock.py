"""Two processes never work in one folder."""

import os
import signal
import subprocess
import sys

import pytest

from nasreid.errors import NasreidError
from nasreid.lock import Lock

HOLD = """
import sys, time
from pathlib import Path
from nasreid.lock import Lock
lock = Lock(Path(sys.argv[1]))
if os.fork() == 0:  # a child that outlives it
    time.sleep(60)
print(os.getpid(), flush=True)
time.sleep(60)
""".replace("import sys", "import os, sys")


def test_the_second_process_is_refused_until_the_first_is_gone_whatever_children_it_leaves(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as first:
        assert first.stdout
        owner = first.stdout.readline().strip()
        with pytest.raises(NasreidError, match=rf"is in use by another process \({owner}\); expected a folder of its"):
            Lock(tmp_path)
        first.kill()
        first.wait()
        lock = Lock(tmp_path)
        assert (tmp_path / ".lock").read_text() == str(os.getpid())
        os.killpg(first.pid, signal.SIGKILL)
    lock.release()
    assert not (tmp_path / ".lock").exists()
    lock.release()
