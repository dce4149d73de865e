"""python -m docs.making.links SITE: every link, anchor, picture and script of the built pages is there, and none is of
another host."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


class Page(HTMLParser):
    """What a page has: ids to jump to, links that one may follow, and what a browser fetches at once."""

    def __init__(self, text: str):
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in FETCHED and found.get(FETCHED[tag]) and found.get("rel") not in ("canonical", "alternate"):
            self.fetched.append(found[FETCHED[tag]])


def faults(site: Path) -> list[str]:
    """One line for each that is wrong."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        where = path.relative_to(site)
        found += [f"{where} fetches {one}" for one in page.fetched if urlsplit(one).netloc]
        for one in [*page.links, *page.fetched]:
            parts = urlsplit(one)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                found.append(f"{where} leads to {one}, which is not there")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                found.append(f"{where} leads to {one}, an anchor that is not there")
    return list(dict.fromkeys(found))


def main() -> int:
    site = Path(sys.argv[1]).resolve()
    found = faults(site)
    print("\n".join(found) or f"links: {len(list(site.rglob('*.html')))} pages, none is dead")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
