"""python -m docs.making: write all pages that are made from the code, anew."""

from __future__ import annotations

import shutil

import torch

from docs.making import commands, concepts, data, fits, messages, notebooks, papers, parts, recipes, reference
from docs.making.page import DOCS, MADE


def main() -> None:
    torch.set_num_threads(1)
    for name in MADE:
        place = DOCS / name
        if place.is_dir():
            shutil.rmtree(place)
        elif place.exists():
            place.unlink()
    for maker in (parts, data, fits, recipes, commands, messages, reference, concepts, papers, notebooks):
        maker.make()


if __name__ == "__main__":
    main()
