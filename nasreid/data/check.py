"""Is a copy of a data set complete? Counts, broken images, odd identities and cameras, queries without an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from nasreid.arguments import Options, checked, parameters
from nasreid.data.checked import broken
from nasreid.data.datasets import make, read
from nasreid.data.layouts.counts import Count, counted
from nasreid.data.layouts.layout import Layout
from nasreid.data.layouts.sights import Arguments
from nasreid.data.layouts.source import NO_CAMERA
from nasreid.data.people.synthesize import MANIFEST
from nasreid.errors import NasreidError
from nasreid.names import located

SHOWN = 5  # examples of each kind


@dataclass
class Report:
    """What was found: `table` of the counts, `errors` (the copy is not what it should be), `warnings` and `notes`."""

    table: pd.DataFrame
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = {"note": self.notes, "warning": self.warnings, "error": self.errors}
        lines = [f"{kind}: {text}" for kind, texts in kinds.items() for text in texts]
        end = f"{len(self.errors)} errors, {len(self.warnings)} warnings"
        return "\n".join([self.table.to_string(index=False), *lines, end])


def check(layout: str, root: str | Path, options: Options | None = None,
          progress: Callable[[int, int], None] | None = None) -> tuple[Report, pd.DataFrame]:
    """Compare the data set under `root` with its published counts, or with what was drawn where nasreid wrote it.

    Every image is decoded; `progress(done, total)` is called after each. What stops the reader is an error of the
    report, and the rest is looked at without it; returns what could be read, too. Whether every query has an answer is
    the protocol's question (`nasreid.evaluation.unmatched`). Raises NasreidError when nothing can be read.
    """
    options = dict(options or {})
    known = make(layout, **{name: value for name, value in options.items() if name != "skip_broken"})
    errors, frame = _readable(layout, root, options)
    drawn = _drawn(known, located(root), frame)
    counts = known.counts() if drawn is None else counted(drawn)
    report = Report(_table(frame, counts), errors, notes=[known.note] if known.note else [])
    report.notes += [*known.remarks(frame), *_which(drawn, counts)]
    _compare(report, frame, counts)
    _cameras(report, frame, known.cameras if drawn is None else drawn["camera"].nunique())
    _lonely(report, frame)
    _untested(report, frame, "train_share" in parameters(type(known)))
    report.errors += some("unreadable images", broken(list(frame["path"]), progress))
    return report, frame


def _readable(layout: str, root: str | Path, options: Options) -> tuple[list[str], pd.DataFrame]:
    try:
        return [], read(layout, root, **options)
    except NasreidError as error:
        if options.get("skip_broken"):
            raise
        first = error
    try:
        return [str(first)], read(layout, root, **{**options, "skip_broken": True})
    except NasreidError:  # that nothing is left says less than what was wrong with it
        raise first from None


def _drawn(layout: Layout, root: Path, frame: pd.DataFrame) -> pd.DataFrame | None:
    """The rows that nasreid wrote there, None when it did not, or when the layout does not say which it would."""
    top = root if root.is_dir() else root.parent
    folders = [folder for folder in Path(frame["path"].iloc[0]).parents if folder == top or top in folder.parents]
    manifest = next((folder / MANIFEST for folder in folders if (folder / MANIFEST).is_file()), None)
    if manifest is None:
        return None
    try:
        arguments = Arguments(**checked(Arguments, dict(json.loads(manifest.read_text(encoding="utf-8")))))
    except (OSError, ValueError, TypeError, RecursionError, NasreidError):
        raise NasreidError(f"{manifest}: not written by nasreid; expected what the people were drawn from") from None
    copy = layout.people(arguments)
    return None if copy is None else pd.DataFrame([shown.row for shown in copy.pictures if shown.row])


def _which(drawn: pd.DataFrame | None, counts: Sequence[Count]) -> list[str]:
    """What the copy is compared with."""
    if drawn is not None:
        return ["people drawn by nasreid: compared with what was drawn, not with the published counts"]
    return [] if counts else ["no published counts to compare with"]


def _table(frame: pd.DataFrame, counts: Sequence[Count]) -> pd.DataFrame:
    order = {split: place for place, split in enumerate(("train", "query", "gallery", "test"))}
    expected = {(count.split, count.modality): count for count in counts}
    rows = []
    groups = sorted(frame.groupby(["split", "modality"]), key=lambda group: order[str(group[0][0])])
    for (split, modality), part in groups:
        count = expected.get((str(split), str(modality))) or expected.get((str(split), ""))
        rows.append({
            "split": split, "modality": modality, "images": len(part), "expected": count.images if count else "",
            "identities": part["identity"].nunique(), "expected ": count.identities if count else "",
            "cameras": part.loc[part["camera"] != NO_CAMERA, "camera"].nunique(),
            "distractors": int((part["role"] == "distractor").sum()),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _compare(report: Report, frame: pd.DataFrame, counts: Sequence[Count]) -> None:
    for count in counts:
        part = count.part(frame)
        where = f"{count.split} {count.modality}".strip()
        if len(part) != count.images:
            report.errors.append(f"{where}: {len(part)} images; expected {count.images}")
        people = part["identity"].nunique()
        if people != count.identities and count.identities is not None:
            told = report.errors if count.sure else report.warnings
            told.append(f"{where}: {people} identities; expected {count.identities}")


def _cameras(report: Report, frame: pd.DataFrame, expected: int | None) -> None:
    found = sorted(set(frame["camera"]) - {NO_CAMERA})
    if expected is not None and found and len(found) != expected:
        report.warnings.append(f"{len(found)} cameras ({', '.join(map(str, found))}); expected {expected}")
    rare = [f"camera {camera} ({count} images)" for camera, count in frame["camera"].value_counts().items()
            if count * 200 * max(1, len(found)) < len(frame)]
    report.warnings += some("cameras with hardly any image", rare)


def _lonely(report: Report, frame: pd.DataFrame) -> None:
    """Identities that training cannot pair."""
    train = frame[frame["split"] == "train"]
    sizes = train["identity"].value_counts()
    report.warnings += some("training identities with one image", [str(who) for who in sizes.index[sizes == 1]])


def _untested(report: Report, frame: pd.DataFrame, drawn: bool) -> None:
    """A copy on which nothing can be scored; drawn: the layout can leave identities for that."""
    if (frame["split"] == "train").all():
        how = ", e.g. by --data-args.train_share 0.7" if drawn else ""
        report.warnings.append(f"all {len(frame)} images train, and nobody is left to score on; expected query and "
                               f"gallery images{how}")


def some(what: str, examples: Sequence[object]) -> list[str]:
    """A line with the number of examples and the first of them; nothing where there are none."""
    if not examples:
        return []
    more = ", …" if len(examples) > SHOWN else ""
    return [f"{len(examples)} {what}: {', '.join(map(str, examples[:SHOWN]))}{more}"]
