"""The model card of a network that travels: what it is, what it takes, how good it was and what it costs."""

from __future__ import annotations

from pathlib import Path

from nasreid.files import write_text
from nasreid.network.cost import cost
from nasreid.network.exports.record import Record
from nasreid.network.network import Network
from nasreid.pictures.diagram import draw

USE = '''    import nasreid
    features = nasreid.from_pretrained("FOLDER"{space})(["a.jpg", "b.jpg"])'''


def write_card(folder: Path, record: Record, network: Network, space: str | None = None) -> None:
    """README.md, and genotype.svg, which it shows."""
    draw(record.genotype, folder / "genotype.svg", space=space or "")
    write_text(folder / "README.md", card(record, network))


def card(record: Record, network: Network) -> str:
    """The text in Markdown; scores are those that the export was told, and those of its own proof."""
    spent = cost(network, record.height, record.width)
    seen = {"any": "RGB pictures", "both": "visible and infrared pictures"}.get(record.modality, record.modality)
    foreign = record.genotype.space if ":" in record.genotype.space else ""
    rows = [f"| {one['protocol']} | {one['mAP']} | {one.get('rank-1', '')} | |" for one in record.scores]
    proof = record.proof
    if proof:
        low, high = proof["interval"]
        about = f"proof of the export, {proof['images']} pictures: {proof['protocol']}"
        rows.append(f"| {about} | {proof['points'][0]:.2f} | | {low:.2f} to {high:.2f} |")
    return f"""---
license: mit
library_name: nasreid
tags: [re-identification, neural-architecture-search]
---

# A re-identification network of the space {record.genotype.space}

![genotype](genotype.svg)

{USE.format(space=f', space="{foreign}"' if foreign else '')}

| | |
|---|---|
| takes | {seen}, resized to {record.height} x {record.width}, whatever their shape |
| gives | {record.features} features{', after the neck' if record.after_neck else ''}; compare them by cosine |
| trained on | {record.layout or 'not said'} |
| parameters | {spent.parameters:,} |
| multiply-adds of one picture | {spent.multiply_adds:,} (convolutions and linear layers); {spent.with_products:,} \
with all matrix products |
| licence | of the code MIT; of the weights that of the pictures, which this file cannot know |

| protocol | mAP | rank-1 | 95 % interval of mAP over queries |
|---|---|---|---|
{chr(10).join(rows)}
"""
