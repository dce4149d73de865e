"""Every signal that asks a process to end does what Ctrl-C does; one that is ignored stays ignored."""

import signal

import pytest

from nasreid.errors import Interrupted
from nasreid.signals import ENDING, Noted, raised


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_is_noted_and_a_second_one_is_immediate(number):
    before = signal.getsignal(number)
    with raised(), Noted() as noted:
        signal.raise_signal(number)
        assert noted.number == number
        with pytest.raises((Interrupted, KeyboardInterrupt)):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


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
