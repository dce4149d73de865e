"""Runs that are killed at random moments and begun again, and end with the bytes of one that was left alone."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import torch

from nasreid.cli import main
from tests.endurance import Counts

SIZE = ["--p", "4", "--k", "2", "--height", "32", "--width", "16", "--device", "cpu", "--quiet", "--no-draw",
        "--space-args.width_multiplier", "0.125", "--checkpoint-seconds", "0", "--seed", "5"]
SEARCHED = ("genotype.json", "supernet.safetensors", "objectives.safetensors", "probabilities.csv", "metrics.csv")
TRAINED = ("genotype.json", "network.safetensors", "metrics.csv")
LONG = 600.0  # seconds: a run of a few is hanging then, even where the machine is busy
COMPARED = 10  # of so many kills one hits a comparison, whose jobs take seconds to start


@dataclass(frozen=True)
class Case:
    """A command without its output folder, the files that count, and how long it takes when it is left alone."""

    command: tuple[str, ...]
    files: tuple[str, ...]


def run(root: Path, people: Path, kills: int, seed: int, counts: Counts) -> None:
    """So many kills, over searches, retrainings and a comparison."""
    chance, data = random.Random(seed), ["--data", str(people)]
    cases = [Case(("search", *data, *SIZE, "--epochs", "3"), SEARCHED),
             Case(("retrain", "--genotype", "msinet", *data, *SIZE, "--epochs", "4"), TRAINED)]
    several = kills // COMPARED
    for number, case in enumerate(cases):
        share = (kills - several) * (number + 1) // len(cases) - (kills - several) * number // len(cases)
        _several(root / f"kill{number}", case, share, chance, counts)
    if several:
        _comparison(root / "compare", data, several, chance, counts)


class Moments:
    """Random moments of a run, as far as its end and a little further; that comes later on a machine that is busy."""

    def __init__(self, chance: random.Random, seconds: float):
        self.chance, self.seconds = chance, seconds

    def draw(self) -> float:
        """Seconds after the beginning."""
        return self.chance.uniform(0, self.seconds)

    def learn(self, killed: bool) -> None:
        """Whether the last moment was before the end: about four of five shall be."""
        self.seconds *= 1.1 if killed else 0.7


def _several(place: Path, case: Case, kills: int, chance: random.Random, counts: Counts) -> None:
    child(Case(("list",), ()), place / "imported", None)  # refused, by a process that has imported everything
    since = time.monotonic()
    status, _ = child(case, place / "whole", None)
    moments = Moments(chance, time.monotonic() - since)
    if status != 0:
        counts.note("lost", f"{case.command[0]} fails when it is left alone")
        return
    target, number = counts.kills + kills, 0
    while counts.kills < target:
        until_done(place / f"cut{number}", case, target, moments, counts)
        found = _bytes(place / f"cut{number}", case.files)
        if found != _bytes(place / "whole", case.files):
            counts.note("different", f"{case.command[0]} {number} ended with other bytes")
        number += 1


def until_done(folder: Path, case: Case, target: int, moments: Moments, counts: Counts) -> None:
    """Kill the run and begin it again until it is done; it must not lose what it had reached."""
    reached, done = 0, False
    while not done:
        patience = moments.draw() if counts.kills < target else None
        status, said = child(case, folder, patience)
        counts.kills += status == -signal.SIGKILL
        if patience is not None:
            moments.learn(status == -signal.SIGKILL)
        done = status == 0
        begun = re.search(r"goes on after step (\d+)", said)
        step = int(begun[1]) if begun else reached
        if step < reached:
            counts.note("lost", f"{folder.name} began after step {step}, had been at {reached}")
        reached = step
        if "Traceback" in said:
            counts.note("tracebacks", said[-500:])
        if status is None:
            counts.note("hangs", f"{folder.name} was not done after {LONG} s")
            return
        if not done and status != -signal.SIGKILL:
            counts.note("lost", f"{folder.name} ended with status {status}: {said[-500:]}")
            return


def child(case: Case, folder: Path, patience: float | None) -> tuple[int | None, str]:
    """(status, what it said) of a command in a process that is killed after `patience` seconds; None: it hangs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nasreid.training.search", "nasreid.training.retrain", "nasreid.cli.parser"])
    log = folder.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    begun: ForkServerProcess = context.Process(target=_call, args=((*case.command, "--output", str(folder)), str(log)))
    begun.start()
    begun.join(LONG if patience is None else patience)
    alive = begun.is_alive()
    if alive and begun.pid is not None:
        os.kill(begun.pid, signal.SIGKILL)
    begun.join()
    return (None if alive and patience is None else begun.exitcode), log.read_text() if log.exists() else ""


def _call(command: tuple[str, ...], log: str) -> None:
    torch.set_num_threads(1)
    with open(log, "w") as file, contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(file):
        sys.exit(main(list(command)))


def _comparison(place: Path, data: list[str], kills: int, chance: random.Random, counts: Counts) -> None:
    """A comparison whose processes are killed together; its scores are those of one that was left alone."""
    command = [sys.executable, "-m", "nasreid", "compare", "--config", "demo", *data, "--seeds", "1", "--strategies",
               "Random", "--quiet", "--images", "16"]
    recipe = place / "small.yaml"
    place.mkdir(parents=True)
    small = "{epochs: 1, p: 4, k: 2, height: 32, width: 16, space_args: {width_multiplier: 0.125}, draw: false}"
    recipe.write_text(f"search: {small}\nretrain: {small}\nevaluate: {{skip_unmatched: true}}\n"
                      "compare: {variants: {TCM: {strategy: TCM}}}\n")
    command[command.index("demo")] = str(recipe)
    since = time.monotonic()
    if subprocess.run([*command, "--output", str(place / "whole")], capture_output=True, check=False).returncode:
        counts.note("lost", "compare fails when it is left alone")
        return
    whole = time.monotonic() - since
    for _ in range(kills):
        with subprocess.Popen([*command, "--output", str(place / "cut")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True) as begun:
            time.sleep(chance.uniform(0.2, whole / 2))
            if begun.poll() is None:
                os.killpg(begun.pid, signal.SIGKILL)
                counts.kills += 1
    ended = subprocess.run([*command, "--output", str(place / "cut")], capture_output=True, text=True, check=False)
    if ended.returncode:
        counts.note("lost", f"compare does not go on: {ended.stderr[-500:]}")
    elif _scores(place / "cut") != _scores(place / "whole"):
        counts.note("different", "the scores of a comparison")


def _scores(folder: Path) -> list[str]:
    return (folder / "summary.csv").read_text().splitlines()


def _bytes(folder: Path, files: tuple[str, ...]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() if (folder / name).exists() else b"" for name in files}
