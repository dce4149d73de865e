"""Features as a trained network makes them: people apart from each other, images of one scattered around a centre."""

import numpy as np


def people(queries, gallery, identities, values=512, noise=2.0, cameras=6, seed=0):
    """(query (Q, D), gallery (G, D), identities (Q,) and (G,), cameras (Q,) and (G,)), float32; seeded."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((identities, values), dtype=np.float32)
    ids = [rng.integers(0, identities, count) for count in (queries, gallery)]
    vectors = [centres[i] + np.float32(noise) * rng.standard_normal((len(i), values), dtype=np.float32) for i in ids]
    return (*vectors, *ids, *(rng.integers(0, cameras, count) for count in (queries, gallery)))
