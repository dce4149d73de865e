"""One job of a comparison: search, retrain, evaluate, each a run (`nasreid.experiments.runs`) in a process of its own.

Every stage goes on where it was cut off, so a job that is run again repeats nothing that had finished.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import yaml

from nasreid.configuration import build
from nasreid.drafts import Unwritable, make_folder
from nasreid.errors import Killed, NasreidError, in_one_line
from nasreid.experiments.console import status_of
from nasreid.experiments.runs import RetrainRun, SearchRun
from nasreid.experiments.scoring import EvaluateRun
from nasreid.experiments.unlabelled_runs import UNLABELLED, UnlabelledRun
from nasreid.experiments.usage import MIB, Usage
from nasreid.files import Document, parsed, read_json, read_text, write_text
from nasreid.lock import alone
from nasreid.names import located
from nasreid.run import RESULT
from nasreid.signals import hear, held_back

SPEC, LOG, SCORES = "job.yaml", "log.txt", "scores.json"
SEARCHED = "searched"
Run = SearchRun | RetrainRun | UnlabelledRun | EvaluateRun
RUNS: dict[str, type[Run]] = {"search": SearchRun, "retrain": RetrainRun, "evaluate": EvaluateRun}
WELL, UNWRITTEN = 0, 74  # exit statuses of a stage: well; what it wanted to write was refused (as in sysexits.h)


def perform(spec: Document, folder: str, threads: int = 1,
            children: set[subprocess.Popen[bytes]] | None = None) -> Document:
    """Run the stages of a job that are not finished yet in `folder`; returns its flat row of results.

    spec: {stage: options of its run}; the stages search (unless a genotype is given), retrain, evaluate. In place of
    the search, `searched` may name the folder, beside this one, of a job that has searched.
    threads: of each process (the sums of floats depend on it). children: where the running process is entered, for one
    who wants to stop it. Raises NasreidError with the last line of the log: Unwritable where there is no room.
    """
    place = located(folder)
    make_folder(place)
    with alone(place) as lock:
        write_text(place / SPEC, yaml.safe_dump(spec, sort_keys=False, allow_unicode=True))
        for stage in (stage for stage in RUNS if stage in spec):
            if not _finished(stage, place):
                _run(stage, place, threads, lock, children)
        return row(spec, place)


def made(spec: Document, stage: str, place: Path) -> Run:
    """The run of a stage; what an earlier stage made is named."""
    options = dict(spec[stage])
    if stage == "retrain" and ("search" in spec or SEARCHED in spec):
        searched = place.parent / spec[SEARCHED] if SEARCHED in spec else place
        options["genotype"] = str(searched / "search" / "genotype.json")
    if stage == "evaluate":
        options["run"] = str(place / "retrain")
    kind = UnlabelledRun if stage == "retrain" and options.pop(UNLABELLED, False) else RUNS[stage]
    return build(kind, {**options, "quiet": True}, stage)


def row(spec: Document, place: Path) -> Document:
    """The results of a finished job: scores, costs, choices."""
    scores, trained = _json(place / SCORES), _json(place / "retrain" / RESULT)
    usage = Usage(place)
    found: Document = {name: value for name, value in scores.items() if name != "cmc"}
    found |= {"parameters": trained["parameters"], "multiply_adds": trained["multiply_adds"]}
    searched = _json(place / "search" / RESULT) if "search" in spec else {"steps": 0}
    for stage, result in (("search", searched), ("retrain", trained)):
        seconds, peak = usage.of(stage) if stage in spec else (0.0, 0.0)
        found |= {f"{stage}_steps": result["steps"], f"{stage}_images": result.get("images", 0),
                  f"{stage}_seconds": seconds, f"{stage}_peak_mib": peak}
    genotype = _json(place / "retrain" / "genotype.json")
    return {**found, "choices": genotype["choices"]}


def main(folder: str, stage: str) -> int:
    """One stage of the job in `folder`, in this process; returns the exit status."""
    place = Path(folder)

    def work() -> int:
        try:
            hear()
            with Usage(place).noted(stage):
                run = made(parsed(read_text(place / SPEC, "job"), str(place / SPEC)), stage, place)
                run.run(place / (SCORES if stage == "evaluate" else stage))
        except Unwritable as error:
            print(in_one_line(error), file=sys.stderr)
            return UNWRITTEN
        return WELL

    return status_of(work)


def _finished(stage: str, place: Path) -> bool:
    return (place / SCORES if stage == "evaluate" else place / stage / RESULT).is_file()


def _run(stage: str, place: Path, threads: int, lock: BinaryIO | None,
         children: set[subprocess.Popen[bytes]] | None) -> None:
    command = [sys.executable, "-m", __name__, str(place), stage]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    usage = Usage(place)
    usage.begin(stage)
    with open(place / LOG, "ab") as log:
        # the child holds the lock too: should we be killed, the next run of this job waits for its end
        kept = () if lock is None else (lock.fileno(),)
        with held_back():
            child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment,
                                     pass_fds=kept)
        if children is not None:
            children.add(child)
        status, peak = _wait(child)
        if children is not None:
            children.discard(child)
    usage.end(stage, peak)  # unless it has done so itself
    if status < 0 or status > 128:  # a signal that it could not hear, or one that it heard
        number = -status if status < 0 else status - 128
        raise Killed(f"{stage} in {str(place)!r} was ended from outside by signal {number} (9: memory lacks, perhaps)")
    if status == UNWRITTEN:
        raise Unwritable(_last_line(place / LOG))
    if status:
        raise NasreidError(f"{stage} in {str(place)!r} ended with status {status}: {_last_line(place / LOG)}")


def _wait(child: subprocess.Popen[bytes]) -> tuple[int, float | None]:
    """Exit status and peak memory in MiB (None where the system does not tell)."""
    if sys.platform == "win32":
        return child.wait(), None
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss / MIB


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _json(path: Path) -> Document:
    return read_json(path, "record") if path.is_file() else {}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
