"""How a clustering looks: its size, and where true identities are known how near it comes to them."""

from __future__ import annotations

import warnings

import numpy as np

LEAST = 2  # clusters: with one there is nobody to be told from


def figures(labels: np.ndarray, identities: np.ndarray) -> dict[str, float]:
    """Of clusters (N,), -1 for none, and identities (N,), -1 for unknown: names and numbers for tables and pictures.

    clusters; outliers: images in none; mean_size, largest: images in a cluster. nmi, pair_f: only where two identities
    or more are known, see `agreement`.
    """
    sizes = np.bincount(labels[labels >= 0])
    found = {"clusters": float(len(sizes)), "outliers": float((labels < 0).sum()),
             "mean_size": float(sizes.mean()) if len(sizes) else 0.0, "largest": float(sizes.max(initial=0))}
    known = identities >= 0
    return {**found, **agreement(labels[known], identities[known])} if len(np.unique(identities[known])) > 1 else found


def agreement(labels: np.ndarray, identities: np.ndarray) -> dict[str, float]:
    """nmi: normalised mutual information (arithmetic mean of both entropies below). pair_f: F measure of the pairs.

    nmi is of the images in clusters, 0 where there are none: many clusters of one image raise it, so that outliers must
    not count as such. A pair is found where both images are in one cluster, true where they are of one identity; those
    of outliers are not found.
    """
    from sklearn.metrics import normalized_mutual_info_score
    from sklearn.metrics.cluster import pair_confusion_matrix

    alone = labels < 0
    own = np.where(alone, labels.max(initial=0) + 1 + np.cumsum(alone), labels)
    with warnings.catch_warnings():  # scikit-learn 1.7 takes many small clusters for a regression
        warnings.filterwarnings("ignore", "The number of unique classes", UserWarning)
        (_, wrong), (missed, right) = pair_confusion_matrix(identities, own).tolist()
        nmi = 0.0 if alone.all() else float(normalized_mutual_info_score(identities[~alone], labels[~alone]))
    pairs = 2 * right + wrong + missed
    return {"nmi": nmi, "pair_f": 2 * right / pairs if pairs else 0.0}


def collapsed(labels: np.ndarray) -> bool:
    """Whether there are too few clusters to learn from: one, or none."""
    return int(labels.max(initial=-1)) + 1 < LEAST
