"""The attention placement space's hand-made networks: the same attention, or none, after every stage."""

from __future__ import annotations

from nasreid.arguments import Options

ATTENTIONS = ("se", "spatial", "cbam", "self")
EVERY = (*ATTENTIONS, "none")
LABELS = tuple(f"stage{stage}.attention" for stage in (1, 2, 3, 4))
NAMES = tuple(f"attention-{name}" for name in EVERY)


def named(name: str) -> tuple[Options, dict[str, str]] | None:
    """Arguments of AttentionPlacement and choices {label: attention}, None for another name.

    >>> named("attention-se")[1]["stage4.attention"]
    'se'
    """
    if name not in NAMES:
        return None
    attention = name.removeprefix("attention-")
    return ({"attentions": list(EVERY)} if attention == "none" else {}), dict.fromkeys(LABELS, attention)
