"""Which adapter runs an oracle, decided by what ran to make it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.oracle_adapters import (
    alignment,
    cells,
    cmnas_net,
    cmnas_training,
    cross_modality,
    loops,
    losses,
    memory,
    networks,
    operations,
    osnet,
    osnet_search,
    ranking,
    schedules,
    split,
    supernet,
    visible_infrared,
)
from tests.oracle_adapters.oracle import Oracle


@dataclass(frozen=True)
class Kind:
    """ran: what the entry's `ran` says; prefix: how its name begins, where `ran` does not tell; run: the adapter.

    Without an adapter, `owner` says to which part it belongs.
    """

    ran: str
    prefix: str
    run: Callable[[Oracle], None] | None = None
    owner: str = ""


# the first that fits, so the special ones come before the general ones
KINDS = {
    "search loop": Kind(r"\bdo_search\b", "msinet_search_loop", loops.search),
    "training loop": Kind(r"\bdo_train\b", "msinet_train_loop", loops.training),
    "alignment in a network": Kind(r"\bsam_mode\b", "msinet_sam_net", alignment.network),
    "alignment": Kind(r"SpatialAlign|AlignModule", "sam", alignment.run),
    "cells": Kind(r"msinet\.Cell\b", "msinet_cells", cells.run),
    "operations": Kind(r"operations\.OPS\b", "msinet_ops", operations.run),
    "supernet": Kind(r"\bSearchCNN\b", "msinet_supernet", supernet.run),
    "networks": Kind(r"models\.msinet\b", "msinet_", networks.run),
    "memory": Kind(r"\bClusterMemory\b", "tcm_memory", memory.run),
    "losses": Kind(r"\bReIDLoss\b|torchreid\.losses", "msinet_losses", losses.run),
    "evaluation": Kind(r"\bR1_mAP\b", "msinet_eval", ranking.msinet),
    "ranking": Kind(r"torchreid\.metrics", "rank_eval", ranking.torchreid),
    "split": Kind(r"separate_trainval", "msinet_split", split.run),
    "schedules": Kind(r"searcher\.Architect\b", "msinet_schedules", schedules.run),
    "omni-scale weights": Kind(r"\bNASBlock\b", "osnet_gumbel", osnet_search.gumbel),
    "omni-scale schedules": Kind(r"NASEngine", "osnet_schedules", osnet_search.schedules),
    "omni-scale supernet": Kind(r"\bosnet_nas\b", "osnet_supernet", osnet_search.supernet),
    "omni-scale children": Kind(r"\bosnet_child\b", "osnet_child", osnet.child),
    "omni-scale": Kind(r"\bosnet_\*|\bosnet_ain_\*|models\.osnet", "osnet", osnet.family),
    "cross-modality losses": Kind(r"losses\.CMMD\b(?!.*TwoStream)", "cmnas_losses", cross_modality.run),
    "derived BN separation": Kind(r"SwitchBatchNorm2d", "cmnas_supernet_derived", cmnas_net.supernet),
    "one stream": Kind(r"models\.Baseline\b", "cmnas_baseline", cmnas_net.baseline),
    "BN separation": Kind(r"TwoStreamSwitchBNOp(?!.*losses)", "cmnas_net", cmnas_net.network),
    "visible and infrared": Kind(r"\beval_sysu\b", "vi_eval", visible_infrared.run),
    "cross-modality training": Kind(r"TwoStreamSwitchBNOp.*losses", "cmnas_train_step", cmnas_training.steps),
    "cross-modality schedules": Kind(r"WarmupMultiStepLR", "cmnas_schedules", cmnas_training.schedules),
    "cross-modality": Kind(r"TwoStream|CMMD|Baseline|sysu", "cmnas", None, "belongs to BN separation "
                           "and cross-modality (CM-NAS)"),
}  # fmt: skip
UNKNOWN = Kind("", "", None, "belongs to no kind that the checker knows")


def kind_of(name: str, entry: dict[str, Any]) -> Kind:
    """The kind of an entry of the index: by what ran, else by how its name begins."""
    ran = str(entry.get("ran", ""))
    for kind in KINDS.values():
        if re.search(kind.ran, ran):
            return kind
    return next((kind for kind in KINDS.values() if name.startswith(kind.prefix)), UNKNOWN)
