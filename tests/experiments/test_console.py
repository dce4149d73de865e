import subprocess
import sys

import pytest

SCRIPT = """
import sys
from nasreid.experiments.console import drop_unprinted, say_anything
say_anything()
for stream in (sys.stdout, sys.stderr):
    print("gaté 中 \\ud800 …", file=stream)
drop_unprinted()
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "utf-8:surrogateescape", "ascii:strict"])
def test_a_console_shows_what_it_can_and_spells_the_rest(encoding):
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True,
                          env={"PYTHONIOENCODING": encoding})
    said = done.stdout.decode(encoding.split(":")[0])
    assert said == done.stderr.decode(encoding.split(":")[0])
    assert said == {"ascii": "gat\\xe9 \\u4e2d \\ud800 \\u2026\n", "latin-1": "gaté \\u4e2d \\ud800 \\u2026\n",
                    "utf-8": "gaté 中 \\ud800 …\n"}[encoding.split(":")[0]]


def test_a_full_disk_behind_stdout_is_dropped_without_a_word():
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", SCRIPT], stdout=full, stderr=subprocess.PIPE, check=True,
                              env={})
    assert b"Error" not in done.stderr
