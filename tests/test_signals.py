"""Every signal that asks a process to end does what Ctrl-C does; one that is ignored stays ignored."""

import signal
import subprocess
import sys

import pytest

from nasreid.errors import Interrupted
from nasreid.signals import ENDING, Noted, held_back, raised


@pytest.fixture(autouse=True)
def heard():
    """Under nohup a process ignores SIGHUP from its start."""
    before = {number: signal.getsignal(number) for number in ENDING}
    for number in (number for number, handler in before.items() if handler == signal.SIG_IGN):
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_is_noted_and_a_second_one_is_immediate(monkeypatch, number):
    before = signal.getsignal(number)
    with raised(), Noted() as noted:
        signal.raise_signal(number)
        signal.raise_signal(number)  # as timeout does: no other word
        assert noted.number == number
        monkeypatch.setattr("nasreid.signals.APART", 0.0)
        with pytest.raises((Interrupted, KeyboardInterrupt)):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_the_first_one_that_a_process_hears_itself_is_no_second_one():
    with raised(), Noted() as noted:
        noted.agree(lambda number: 2 * signal.SIGTERM)  # another process has heard it before
        assert noted.number == signal.SIGTERM
        signal.raise_signal(signal.SIGTERM)
        assert noted.number == signal.SIGTERM


@pytest.mark.parametrize("number", [one for one in ENDING if one != signal.SIGINT], ids=lambda number: number.name)
def test_outside_of_steps_a_signal_raises_with_its_number(number):
    with raised(), pytest.raises(Interrupted, match=f"ended by {number.name}") as told:
        signal.raise_signal(number)
    assert told.value.number == number


def test_what_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raised(), Noted() as noted:
            signal.raise_signal(signal.SIGHUP)
        assert noted.number is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_one_listens_again_after_somebody_else_has_begun_to():
    with Noted() as noted:
        signal.signal(signal.SIGTERM, lambda *_: None)
        noted.listen()
        signal.raise_signal(signal.SIGTERM)
    assert noted.number == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_ctrl_c_that_is_held_back_comes_afterwards():
    reached = []

    def send():
        with held_back():
            signal.raise_signal(signal.SIGINT)  # to this thread: another one of the process would take it
            reached.append(1)

    with pytest.raises(KeyboardInterrupt):
        send()
    assert reached


def test_a_process_begun_meanwhile_hears_it_only_when_it_is_ready():
    code = ("import signal, time\nfrom nasreid.signals import hear\nprint('begun', flush=True)\ninput()\n"
            "print('deaf', flush=True)\nhear()\ntime.sleep(600)")
    with held_back():
        child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate("\n")[0] == "deaf\n"
    assert child.returncode == -signal.SIGINT
