"""nasreid estimate: what a recipe will cost on this device, before it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from nasreid.arguments import Options
from nasreid.cli.recipe import recipe
from nasreid.configuration import build, over
from nasreid.errors import NasreidError
from nasreid.experiments.estimate import estimated
from nasreid.experiments.runs import DataSet, RetrainRun, SearchRun


@dataclass(frozen=True)
class Estimate:
    """Say what the search and the retraining of a recipe will take here: memory, hours, disk; some steps are taken."""

    data: DataSet
    recipe: Annotated[str | None, "recipe with a section search, retrain or both; default: that of --config"] = None
    genotype: Annotated[str | None, "of the retraining: genotype.json or a name; default: the recipe's, and without "
                                    "one it is left out"] = None
    search: Annotated[Options, "options of the search over the recipe's"] = field(default_factory=dict)
    retrain: Annotated[Options, "options of the retraining over the recipe's"] = field(default_factory=dict)

    def __call__(self) -> None:
        if self.recipe is None:
            raise NasreidError("estimate of nothing: expected --config with a recipe, by name (nasreid list) or file")
        content = recipe(self.recipe)
        data = {name: getattr(self.data, name) for name in ("data", "layout", "data_args")}
        named = {} if self.genotype is None else {"genotype": self.genotype}
        parts = {"search": (self.search, SearchRun), "retrain": ({**named, **self.retrain}, RetrainRun)}
        runs = []
        for name, (own, cls) in parts.items():
            options = over(over(content.get(name, {}), own), data)
            if options.get("unlabelled"):
                raise NasreidError(f"{name} of recipe {self.recipe!r} is without labels; expected one with labels, as "
                                   "what the epochs of the other hold is not known before")
            if name in content and (name == "search" or "genotype" in options):
                runs.append(build(cls, options, name))
        found = []
        for run in runs:  # all of them have been read by now
            found.append(estimated(run))
            print(f"{found[-1]}\n")
        if not found:
            raise NasreidError(f"recipe {self.recipe!r} has no search, and no retraining of a known genotype; expected "
                               "one, or --genotype")
        seconds = sum(one.seconds for one in found)
        print(f"all of it: {seconds / 3600:.3g} h ({seconds:,.0f} s)")
