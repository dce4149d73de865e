"""The commands on data, and what the others need of them; whatever is heavy is imported inside."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from nasreid.cli.options import DataArgs, Layout, Quiet, Seed

if TYPE_CHECKING:
    import pandas as pd


def frame_of(data: str, layout: str, data_args: dict[str, Any], splits: tuple[str, ...], skip_broken: bool,
             quiet: bool) -> pd.DataFrame:
    """The rows of `splits` of a data set, whose images all decode; what there is to say of them goes to stderr."""
    from nasreid.data.checked import checked_frame
    from nasreid.progress import Counter

    with Counter("check images", quiet) as counter:
        frame, notes = checked_frame(data, layout, data_args, splits, skip_broken, counter)
    for note in notes:
        print(note, file=sys.stderr)
    return frame


def synthesize(*, root: Annotated[str, "folder to create"], layout: Layout = "market1501",
               identities: Annotated[int | None, "training identities"] = None,
               test_identities: Annotated[int | None, "identities of query and gallery"] = None,
               cameras: Annotated[int | None, "cameras"] = None,
               shots: Annotated[int | None, "images of an identity per camera"] = None,
               height: Annotated[int | None, "pixels"] = None, width: Annotated[int | None, "pixels"] = None,
               seed: Seed = 0, infrared: Annotated[bool, "also write infrared images"] = False,
               domain: Annotated[int, "0, or another number for other cameras and backgrounds"] = 0,
               quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """Write the embedded people as image files, in the Market-1501 layout or in that of another data set."""
    from nasreid.data.datasets import plan
    from nasreid.data.people.synthesize import synthesize as write
    from nasreid.progress import Counter

    sizes = {"identities": identities, "test_identities": test_identities, "cameras": cameras, "shots": shots,
             "height": height, "width": width}
    given: dict[str, Any] = {name: value for name, value in sizes.items() if value is not None}
    with Counter("draw people", quiet) as counter:
        folder = write(root, seed=seed, infrared=infrared, domain=domain, progress=counter,
                       plan=partial(plan, layout), **given)
    print(f"data: {folder}")


def check(layout: Annotated[str, "layout"], root: Annotated[str, "root folder"], /, *,
          data_args: DataArgs = {},  # noqa: B006
          quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> int:
    """Compare a copy of a data set with its published counts, decode every image; exit status 1 on a mismatch."""
    from nasreid.data.check import check as look
    from nasreid.data.datasets import protocol_of
    from nasreid.evaluation.unmatched import unmatched
    from nasreid.progress import Counter

    with Counter("check images", quiet) as counter:
        report, frame = look(layout, root, data_args, counter)
    report.errors += unmatched(frame, protocol_of(layout))
    print(report)
    return 1 if report.errors else 0


def extract(root: Annotated[str, "folder cuhk03, or its parent"], /, *,
            quiet: Quiet = False, config: Annotated[str | None, "recipe"] = None) -> None:
    """Cut the images of CUHK03 out of its file cuhk-03.mat."""
    from nasreid.data.layouts.cuhk03_extract import extract as cut
    from nasreid.progress import Counter

    with Counter("cut images", quiet) as counter:
        base = cut(root, counter)
    print(f"images: {base}")
