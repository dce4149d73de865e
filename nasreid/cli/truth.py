"""nasreid truth: what a table of truth says of itself, and of searches. Only what runs a network loads torch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import pandas as pd

from nasreid.arguments import Options
from nasreid.configuration import Place
from nasreid.errors import NasreidError
from nasreid.experiments.judged import Sharing, judged, trusted
from nasreid.experiments.trust import told, trust
from nasreid.experiments.truth import TRUSTED, read_truth
from nasreid.files import write_text
from nasreid.ranges import real, whole


@dataclass(frozen=True)
class Judge:
    """What a table of truth says of itself; with --runs, judge searches by it: regret and rank of what they chose, and
    Kendall's tau of what they preferred.
    """

    table: Annotated[str, "table of nasreid exhaust, or one that ships: micro, in-placement", Place]
    runs: Annotated[Sequence[str], "run folders of searches on that space"] = ()
    data: Annotated[str | None, "data set; also judges by the shared weights of each run's supernet"] = None
    layout: Annotated[str, "its layout"] = "market1501"
    data_args: Annotated[Options, "options of the layout"] = field(default_factory=dict)
    validation: Annotated[float, "share of the training identities that shared weights are scored on"] = 0.25
    recalibration: Annotated[int, "images that give each architecture BatchNorm statistics of its own, with shared "
                                  "weights; what the supernet's own say stands beside, as tau_shared_0"] = 512
    architectures: Annotated[int | None, "how many of the table shared weights are judged on, drawn; default: all"
                             ] = None
    metric: Annotated[str, 'column of the table, such as mAP, "unseen mAP" or mAP@3'] = "mAP"
    json: Annotated[bool, "print one JSON object instead"] = False
    unreliable: Annotated[bool, f"judge by a table even if its reliability is below {TRUSTED}"] = False
    proxies: Annotated[str | None, "space of the table: what zero-cost proxies of its networks are worth"] = None
    space_args: Annotated[Options, "its arguments"] = field(default_factory=dict)
    output: Annotated[str | None, "write the rows to this .csv file"] = None
    skip_broken: Annotated[bool, "leave out images that cannot be decoded, instead of refusing them"] = False
    quiet: Annotated[bool, "no progress"] = False

    def __post_init__(self) -> None:
        real(self, 0, 1, "validation", open_below=True, open_above=True)
        whole(self, 0, 1_000_000, "recalibration")
        whole(self, 2, 10**9, "architectures")

    def __call__(self) -> None:
        table = read_truth(self.table, self.metric)
        found, rows = trust(table, self.metric), self._rows() if self.runs else None
        if self.output is not None:
            if rows is None:
                raise NasreidError("nothing to write: expected --runs and run folders of searches")
            write_text(self.output, rows.to_csv(index=False))
        if self.json:
            runs = {} if rows is None else {"runs": rows.astype(object).where(rows.notna(), None).to_dict("records")}
            print(json.dumps({**found, **runs}, indent=2))
            return
        if rows is not None:
            print(rows.round(3).to_string(index=False))
        if self.proxies is not None:
            from nasreid.experiments.proxies import worth

            rated = worth(trusted(self.table, self.metric, self.unreliable), self.proxies, self.space_args, self.quiet)
            print(rated.round(3).to_string(index=False))
        print(f"table: {found['architectures']} architectures, {found['seeds']} seeds")
        print("\n".join(told(table)))

    def _rows(self) -> pd.DataFrame:
        known, sharing = trusted(self.table, self.metric, self.unreliable), None
        if self.data is not None:
            from nasreid.experiments.runs import DataSet

            sharing = Sharing(DataSet(self.data, self.layout, self.data_args, self.skip_broken).record(),
                              self.validation, self.recalibration, self.architectures)
        return judged(known, self.runs, sharing, self.quiet)
