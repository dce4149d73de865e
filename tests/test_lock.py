"""Two processes never work in one folder."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from nasreid.errors import NasreidError
from nasreid.lock import Lock, alone, held

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


def test_the_lock_of_a_file_is_of_the_opening_and_of_children_that_got_it(tmp_path):
    with open(tmp_path / "a", "wb") as one, open(tmp_path / "a", "rb") as two:
        assert held(one.fileno(), unknown=False)
        assert held(one.fileno(), unknown=False)
        assert not held(two.fileno(), unknown=True)
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[one.fileno()])
        one.close()
        assert not held(two.fileno(), unknown=True)
        child.communicate(b"\n")
        assert held(two.fileno(), unknown=False)


def test_who_is_alone_in_a_folder_waits_for_a_child_that_outlives_its_parent(tmp_path):
    late = "import sys, time; time.sleep(0.5); open(sys.argv[1], 'w')"
    with alone(tmp_path) as lock:
        assert lock
        child = subprocess.Popen([sys.executable, "-c", late, str(tmp_path / "done")], pass_fds=[lock.fileno()])
    with alone(tmp_path):
        assert (tmp_path / "done").exists()
    child.wait()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(NasreidError, match=r"output '.*file' cannot be written: Not a directory; expected another"):
        Lock(tmp_path / "file")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(NasreidError, match="cannot be written: No space left on device"):
        Lock(tmp_path)
    monkeypatch.undo()
    assert not (tmp_path / ".lock").exists()
    Lock(tmp_path).release()
