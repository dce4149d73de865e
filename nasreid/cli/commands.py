"""The commands by name, each a frozen dataclass of its options that can be called; no command is imported before it is
asked for."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterable

from nasreid.arguments import Options

# name, which is its section in a recipe, too: module in this folder and class
COMMANDS = {
    "search": "search:SearchCommand", "retrain": "retrain:RetrainCommand", "adapt": "adapt:AdaptCommand",
    "evaluate": "evaluate:EvaluateCommand",
    "compare": "compare:Compare", "report": "compare:Report", "across": "across:Across",
    "exhaust": "exhaust:ExhaustCommand", "truth": "truth:Judge",
    "estimate": "estimate:Estimate", "profile": "profile:Profile",
    "draw": "draw:Draw", "gallery": "look:Gallery", "embed": "look:Embed", "find": "find:Find",
    "export": "export:Export", "import-weights": "official:ImportWeights", "conformance": "conformance:Conformance",
    "data-synthesize": "data:Synthesize", "data-check": "data:Check", "data-extract": "data:Extract",
    "list": "show:List", "show": "show:Show", "demo": "demo:Demo", "completion": "completion:Completion",
}  # fmt: skip
# how a command with an option is called now
FORMER = {("export", "--from-official"): "nasreid import-weights FILE --from-official KIND --output FILE"}


class Completed(ABC):
    """A command whose options have defaults in what it names, such as the run that it goes on from."""

    @staticmethod
    @abstractmethod
    def completed(given: Options) -> Options:
        """What was typed, over those."""


class Sparing(ABC):
    """A command of whose options some mean nothing, by what others say."""

    @abstractmethod
    def meaningless(self, given: Options) -> Iterable[str]:
        """Their names, which --print-config leaves out; given: what was typed, completed."""


def command(name: str) -> type:
    """The class of a command."""
    module, _, cls = COMMANDS[name].partition(":")
    return vars(importlib.import_module(f"nasreid.cli.{module}"))[cls]
