"""A page for every space, strategy, objective and relaxation that `nasreid list` lists."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from docs.making.arguments import arguments
from docs.making.page import code, escaped, fenced, prose, table, write
from docs.making.published import counted, pictures
from nasreid.available import complete
from nasreid.errors import NasreidError
from nasreid.experiments.laws.check import laws_of
from nasreid.experiments.laws.law import sentence
from nasreid.plugins import MULTI_TRIAL, resolve

# kind: (the option on the command line, where one writes one's own)
KINDS = {
    "spaces": ("--space NAME --space-args.ARGUMENT VALUE", "own-space"),
    "strategies": ("--strategy NAME --strategy-args.ARGUMENT VALUE", "own-strategy"),
    "objectives": ("--objectives '[{\"objective\": \"NAME\", \"args\": {\"ARGUMENT\": VALUE}}]'", "own-strategy"),
    "relaxations": ("--strategy-args.relaxation NAME --strategy-args.relaxation_args.ARGUMENT VALUE", "own-strategy"),
}
WORDS = {"spaces": "What can be searched: a backbone with open decisions.",
         "strategies": "How it is searched: which images, which loss, which step, and how alphas become weights.",
         "objectives": "What is minimised: a function of vectors or maps and a batch.",
         "relaxations": "How alphas become weights, under every one-shot strategy."}


def names() -> dict[str, list[str]]:
    """{kind: names} of all parts that have a page here."""
    return {kind: list(complete(kind)) for kind in KINDS}


def make() -> None:
    for kind, listed in names().items():
        for name in listed:
            write(f"parts/{kind}/{name}.md", *_page(kind, name))
        write(f"parts/{kind}/index.md", *_index(kind))


def _index(kind: str) -> list[str]:
    option, own = KINDS[kind]
    rows = [(f"[{name}]({name}.md)", escaped(found.summary)) for name, found in complete(kind).items()]
    trials = ("By trials, with NNI's strategies: " + ", ".join(map(code, MULTI_TRIAL)) + ". Each trains a sampled "
              "architecture briefly on part of the training identities and scores it on the others, or takes the "
              "shared weights of a one-shot search (`--evaluator supernet`).") if kind == "strategies" else ""
    return [f"# {kind.capitalize()}", WORDS[kind] + f" On the command line: {code(option)}.", table((kind, ""), rows),
            trials, f"Yours is one file: [how]({'../../how-to/' + own}.md)."]


def _page(kind: str, name: str) -> list[str]:
    cls, module = resolve(name, kind), complete(kind)[name].module
    option = KINDS[kind][0].replace("NAME", name)
    more = [*counted(name), *pictures(name)] if kind == "spaces" else []
    return [f"# {name}", prose(inspect.getdoc(cls) or ""), f"In `{module}`; on the command line:", fenced(option, "sh"),
            "## Arguments", arguments(cls), *more, "## Laws", laws(name, kind)]


def laws(name: str, kind: str, given: Mapping[str, Any] | None = None) -> str:
    try:
        found = [sentence(one.func) for one in laws_of(name, given or {}, kind)]
    except NasreidError as error:
        return f"They are those of its kind, once it has its arguments ({escaped(str(error))})."
    lines = "\n".join(f"- {escaped(one)}" for one in dict.fromkeys(found))
    return f"What `nasreid conformance {name}` checks:\n\n{lines}"
