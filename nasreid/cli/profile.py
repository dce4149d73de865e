"""nasreid profile: how fast networks run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from nasreid.configuration import Place
from nasreid.errors import NasreidError
from nasreid.experiments.profile import Profile as Measured
from nasreid.files import write_text
from nasreid.network.catalogue import find
from nasreid.ranges import PIXELS, whole


@dataclass(frozen=True)
class Profile:
    """Time networks in torch, torch.compile and ONNX Runtime, relative to a reference in the same run."""

    genotype: Annotated[Sequence[str], "genotype.json files or names (nasreid list)", Place]
    reference: Annotated[str, "genotype that all are relative to"] = "one-stream"
    runtimes: Annotated[Sequence[str], "some of torch, compile, onnx"] = ("torch", "onnx")
    batches: Annotated[Sequence[str], "sizes of batches"] = ("1", "64")
    rounds: Annotated[int, "how often each is timed, in turn, after one round that warms up"] = 5
    seconds: Annotated[float, "of one size in one runtime, after which no further round begins, once there are "
                              "three"] = 30.0
    height: Annotated[int, "pixels"] = 256
    width: Annotated[int, "pixels"] = 128
    output: Annotated[str | None, "write the table to this .csv file, too"] = None
    quiet: Annotated[bool, "no progress"] = False
    space: Annotated[str | None, "confirms a space from outside nasreid, whose file is executed"] = None

    def __post_init__(self) -> None:
        whole(self, *PIXELS, "height", "width")

    def __call__(self) -> None:
        names = dict.fromkeys([self.reference, *self.genotype])
        found = {name: find(name, self.space) for name in names}
        if odd := [size for size in self.batches if not size.isdecimal()]:
            raise NasreidError(f"batches: {odd[0]!r} is no size; expected whole numbers")
        how = Measured(self.height, self.width, [int(size) for size in self.batches], self.runtimes, self.rounds,
                       self.seconds)
        table = how.table(found, self.reference, self.space, self.quiet)
        print(f"threads: {table['threads'][0]}; ratio: time relative to {self.reference}, 95 % interval; memory to run "
              "a batch; file")
        for row in table.to_dict("records"):
            print(f"{row['network']:16} {row['runtime']:8} batch {row['batch']:3}  {row['ms']:9.1f} ms "
                  f"{row['images_per_second']:8.1f} /s  {row['ratio']:.3f} ({row['low']:.3f} to {row['high']:.3f})  "
                  f"{row['memory'] / 2**20:7.0f} MiB {row['bytes'] / 2**20:7.1f} MiB")
        if self.output is not None:
            write_text(self.output, table.to_csv(index=False, lineterminator="\n"))
