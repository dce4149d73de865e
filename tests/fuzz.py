"""Odd input: valid files and command lines, spoilt at random. Each is taken or refused in one line, within seconds."""

from __future__ import annotations

import contextlib
import io
import json
import random
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import torch
import yaml

from nasreid.cli import main
from nasreid.data.frame import Contents
from nasreid.errors import NasreidError
from nasreid.genotype import Genotype
from nasreid.network.build import built
from nasreid.network.catalogue import genotype
from nasreid.run import RunFolder, Table
from nasreid.training.checkpoints import Checkpoints
from tests.endurance import Counts

ODD = ["", " ", "\0", "-1", "1e9", "nan", "inf", "1e-400", "yes", "no", "null", "[]", "{}", "[" * 3000, "&a [*a]",
       "\udce9", "\u202e", "🙂", "../../x", "~", "é" * 5000, "0x10", "1_000", "True", "a=b", "%s", "<b>", "\\N", "'",
       '"', ":", "- -"]  # fmt: skip
TAKEN, REFUSED, EITHER = "taken", "refused", "either"  # what has to become of an input
SECONDS, WAITING = 60, 600  # of the processor, and of the clock, as the machine may be busy: what takes longer hangs
NUMBERS = ("epochs", "p", "k", "height", "width", "seed", "workers", "pad", "lr", "cache-mib", "validate-every")


class _Hangs(BaseException):
    pass


def run(root: Path, people: Path, inputs: int, seed: int, counts: Counts) -> None:
    """So many inputs, of every kind in turn."""
    place = root / "fuzz"
    place.mkdir()
    makers = [kind(place, people, random.Random(f"{seed} {number}")) for number, kind in enumerate(KINDS)]
    for number in range(inputs):
        name, fate, call = next(makers[number % len(makers)])
        _judge(f"{name} {number} (seed {seed})", fate, call, counts)


def _judge(name: str, fate: str, call: Callable[[], int], counts: Counts) -> None:
    said, status = io.StringIO(), 0
    try:
        with _limit(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            status = call()
    except NasreidError:
        status = 2
    except _Hangs:
        counts.note("hangs", name)
        return
    except BaseException:
        counts.note("tracebacks", f"{name}: {traceback.format_exc()[-700:]}")
        return
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    if status == 2 and len([line for line in lines if line.startswith("nasreid: ")]) > 1:
        counts.note("tracebacks", f"{name}: more than one line: {lines[:3]}")
    if status not in (0, 1, 2):
        counts.note("tracebacks", f"{name}: status {status}")
    if fate == REFUSED and status == 0:
        counts.note("wrong_accepts", name)
    if fate == TAKEN and status != 0:
        counts.note("lost", f"{name}, which is right, is refused: {lines}")


@contextlib.contextmanager
def _limit() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise _Hangs

    timers = ((signal.SIGPROF, signal.ITIMER_PROF, SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, WAITING))
    before = [signal.signal(number, end) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


Case = tuple[str, str, Callable[[], int]]


def _genotypes(place: Path, people: Path, chance: random.Random) -> Iterator[Case]:
    """A choice of nothing, a decision too few or too many is wrong; spoilt bytes may be."""
    whole = genotype("msinet")
    small = Genotype(whole.space, {"width_multiplier": 0.125}, whole.choices)
    path = place / "genotype.json"
    small.save(path)
    text = path.read_text()

    def call() -> int:
        built(Genotype.load(path))
        return main(["draw", str(path), "--output", str(place / "x.dot")])

    yield "genotype", TAKEN, call
    while True:
        record, label = json.loads(text), chance.choice(list(small.choices))
        how = chance.choice(["name", "less", "more", "odd", "bytes"])
        if how == "name":
            record["choices"][label] = chance.choice([odd for odd in ODD if odd])
        elif how == "less":
            del record["choices"][label]
        elif how == "more":
            record["choices"][label + "x"] = "gate"
        elif how == "odd":
            record[chance.choice(list(record))] = chance.choice([*ODD, 3, None, [], {}, {"a": {"b": 1}}])
        path.write_bytes(_spoilt(text.encode(), chance) if how == "bytes" else
                         json.dumps(record).encode("utf-8", "surrogateescape"))
        yield f"genotype, {how}", REFUSED if how in ("name", "less", "more") else EITHER, call


def _recipes(place: Path, people: Path, chance: random.Random) -> Iterator[Case]:
    """A misspelt option or section and a text for a number are wrong."""
    path = place / "recipe.yaml"
    asked = ["search", "--config", str(path), "--data", str(people), "--output", str(place / "x"), "--print-config"]
    right = {"space": "MSI", "epochs": 2, "p": 4, "k": 2, "space_args": {"width_multiplier": 0.125}}
    path.write_text(yaml.safe_dump({"search": right}))
    yield "recipe", TAKEN, lambda: main(asked)
    while True:
        section = dict(right)
        how = chance.choice(["option", "section", "text", "odd", "bytes"])
        name = "search"
        if how == "option":
            section[chance.choice(["epoch", "Epochs", "spce", "p ", "strategyargs"])] = 1
        elif how == "section":
            name = chance.choice(["serch", "Search", "data-synthesise", "x"])
        elif how == "text":
            section[chance.choice(["epochs", "p", "k"])] = chance.choice(["many", "1.5", "-3", "", "2 3", "0"])
        elif how == "odd":
            section[chance.choice(list(section))] = chance.choice([*(o for o in ODD if o.isprintable()), None, [], {}])
        text = yaml.safe_dump({name: section}, allow_unicode=True).encode("utf-8", "surrogateescape")
        path.write_bytes(_spoilt(text, chance) if how == "bytes" else text)
        yield f"recipe, {how} {section if how != 'bytes' else ''}"[:300], \
            REFUSED if how in ("option", "section", "text") else EITHER, lambda: main(asked)


def _tables(place: Path, people: Path, chance: random.Random) -> Iterator[Case]:
    """A file that is not there and a row too short are wrong."""
    images = sorted(people.rglob("*.jpg"))[:12]
    rows = [[str(path), str(number // 4), str(number % 2), "train"] for number, path in enumerate(images)]
    path = place / "list.csv"
    check = ["data", "check", "csv", str(path), "--quiet", "--data-args.allow_outside", "true"]
    path.write_text("\n".join(",".join(cells) for cells in [["path", "identity", "camera", "split"], *rows]))
    yield "table", TAKEN, lambda: main(check)
    while True:
        table = [["path", "identity", "camera", "split"], *(list(row) for row in rows)]
        row, how = chance.randrange(1, len(table)), chance.choice(["gone", "short", "split", "odd", "bytes"])
        if how == "gone":
            table[row][0] += "x"
        elif how == "short":
            table[row] = table[row][:1]
        elif how == "split":
            table[row][3] = chance.choice(["trian", "Train", "5"])
        elif how == "odd":
            table[chance.randrange(len(table))][chance.randrange(4)] = chance.choice(ODD)
        text = "\n".join(",".join(cells) for cells in table).encode("utf-8", "surrogateescape")
        path.write_bytes(_spoilt(text, chance) if how == "bytes" else text)
        yield f"table, {how}", REFUSED if how in ("gone", "short", "split") else EITHER, lambda: main(check)


def _options(place: Path, people: Path, chance: random.Random) -> Iterator[Case]:
    """A name of nobody and a number that none can be are wrong."""
    asked = ["search", "--data", str(people), "--output", str(place / "y"), "--print-config"]
    yield "options", TAKEN, lambda: main([*asked, "--epochs", "3"])
    while True:
        how = chance.choice(["name", "number", "odd"])
        if how == "name":
            typed = [chance.choice(["--epohs", "--spaces", "--Seed", "--p-k", "--recipe-x"]), "3"]
        elif how == "number":
            typed = [f"--{chance.choice(NUMBERS)}", chance.choice(["-1", "nan", "x", "1.5.2", ""])]
        else:
            typed = [f"--{chance.choice([*NUMBERS, 'space', 'strategy', 'neck', 'take', 'space-args', 'device'])}",
                     chance.choice(ODD)]
        fate = EITHER if how == "odd" else REFUSED
        yield f"option, {typed!r}"[:300], fate, lambda typed=typed: main([*asked, *typed])


def _checkpoints(place: Path, people: Path, chance: random.Random) -> Iterator[Case]:
    """What is loaded is what was saved, or nothing is."""
    with RunFolder(place / "run", {"search": {"seed": 1}}) as folder:
        found = Checkpoints(folder, Contents(4, 2, "a"), (Table(folder / "metrics.csv", ("step", "value")),))
    found.save({"step": 1, "weights": torch.arange(200.0)})
    path = place / "run" / "checkpoint.pt"
    whole = path.read_bytes()

    def call() -> int:
        state = found.load()
        if state is None or state["step"] != 1 or not state["weights"].equal(torch.arange(200.0)):
            raise AssertionError("another state was loaded")
        return 0

    yield "checkpoint", TAKEN, call
    while True:
        path.write_bytes(_spoilt(whole, chance))
        yield "checkpoint", EITHER, call


def _spoilt(content: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, lost, doubled, or cut off."""
    found = bytearray(content)
    for _ in range(chance.choice([1, 1, 2, 8])):
        place = chance.randrange(len(found)) if found else 0
        how = chance.choice(["flip", "set", "cut", "drop", "double", "insert"])
        if how == "flip" and found:
            found[place] ^= 1 << chance.randrange(8)
        elif how == "set" and found:
            found[place] = chance.randrange(256)
        elif how == "cut":
            del found[place:]
        elif how == "drop":
            del found[place : place + chance.randrange(1, 20)]
        elif how == "double":
            found[place:place] = found[place : place + chance.randrange(1, 50)]
        else:
            found[place:place] = chance.choice(ODD).encode("utf-8", "surrogateescape")
    return bytes(found)


KINDS = [_genotypes, _recipes, _tables, _options, _checkpoints]
