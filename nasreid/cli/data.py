"""nasreid data synthesize, check and extract."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from nasreid.arguments import Options
from nasreid.configuration import Place
from nasreid.data.check import check
from nasreid.data.checked import permitted
from nasreid.data.datasets import plan
from nasreid.data.layouts.cuhk03_extract import extract
from nasreid.data.people.synthesize import synthesize
from nasreid.evaluation.protocols import of_layout
from nasreid.evaluation.unmatched import unmatched
from nasreid.progress import Counter


@dataclass(frozen=True)
class Synthesize:
    """Write the embedded people as image files, in the Market-1501 layout or in that of another data set."""

    root: Annotated[str, "folder to create"]
    layout: Annotated[str, "its layout; nasreid list names them"] = "market1501"
    identities: Annotated[int | None, "training identities"] = None
    test_identities: Annotated[int | None, "identities of query and gallery"] = None
    cameras: Annotated[int | None, "cameras"] = None
    shots: Annotated[int | None, "images of an identity per camera"] = None
    height: Annotated[int | None, "pixels"] = None
    width: Annotated[int | None, "pixels"] = None
    seed: Annotated[int, "fixes everything"] = 0
    infrared: Annotated[bool, "also write infrared images"] = False
    infrared_correlation: Annotated[float, "of the lightness of clothes in infrared with that in visible light, 0 to "
                                           "1"] = 0.0
    domain: Annotated[int, "0, or another number for other cameras and backgrounds"] = 0
    quiet: Annotated[bool, "no progress"] = False

    def __call__(self) -> None:
        sizes = ("identities", "test_identities", "cameras", "shots", "height", "width")
        given: Options = {name: vars(self)[name] for name in sizes if vars(self)[name] is not None}
        with Counter("draw people", self.quiet) as counter:
            folder = synthesize(self.root, seed=self.seed, infrared=self.infrared, domain=self.domain,
                                infrared_correlation=self.infrared_correlation, progress=counter,
                                plan=partial(plan, self.layout), **given)
        print(f"data: {folder}")


@dataclass(frozen=True)
class Check:
    """Compare a copy of a data set with its published counts, decode every image; exit status 1 on a mismatch."""

    layout: Annotated[str, "layout", Place]
    root: Annotated[str, "root folder", Place]
    data_args: Annotated[Options, "options of the layout (nasreid show LAYOUT)"] = field(default_factory=dict)
    allow_outside: Annotated[bool, "let a list of yours (layout csv) name images outside its folder"] = False
    quiet: Annotated[bool, "no progress"] = False

    def __call__(self) -> int:
        with Counter("check images", self.quiet) as counter:
            report, frame = check(self.layout, self.root, permitted(self.data_args, self.allow_outside), counter)
        report.errors += unmatched(frame, of_layout(self.layout)[0].removal)
        print(report)
        return 1 if report.errors else 0


@dataclass(frozen=True)
class Extract:
    """Cut the images of CUHK03 out of its file cuhk-03.mat."""

    root: Annotated[str, "folder cuhk03, or its parent", Place]
    quiet: Annotated[bool, "no progress"] = False

    def __call__(self) -> None:
        with Counter("cut images", self.quiet) as counter:
            base = extract(self.root, counter)
        print(f"images: {base}")
