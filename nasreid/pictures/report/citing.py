"""How to cite nasreid and the papers that its parts come from: CITATION.cff is where these facts are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nasreid
from nasreid.files import Document, parsed, read_text

FACTS = Path(nasreid.__file__).with_name("CITATION.cff")


@dataclass(frozen=True)
class Citation:
    """What to cite, in words, as BibTeX, and the papers."""

    words: str
    bibtex: str
    papers: list[str]


def citation() -> Citation:
    """That of this version of nasreid.

    >>> citation().bibtex.splitlines()[0]
    '@software{nasreid,'
    """
    facts = parsed(read_text(FACTS, "citation"), str(FACTS))
    year = str(facts["date-released"])[:4]
    fields = {"author": "{" + " and ".join(_names(facts)) + "}", "title": "{" + facts["title"] + "}", "year": year,
              "version": str(facts["version"])}
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return Citation(f"{', '.join(_names(facts))} ({year}). {facts['title']} (version {facts['version']}) [software].",
                    f"@software{{nasreid,\n{lines}}}", [_paper(paper) for paper in facts["references"]])


def _paper(facts: Document) -> str:
    where = facts.get("conference", {}).get("name") or facts.get("journal", "")
    others = " and others" if len(facts["authors"]) == 1 else ""
    return f"{', '.join(_names(facts))}{others} ({facts['year']}). {facts['title']}. {where}."


def _names(facts: Document) -> list[str]:
    return [author.get("name") or f"{author['given-names']} {author['family-names']}" for author in facts["authors"]]
