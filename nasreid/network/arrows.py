"""Which arrows of a flow are worth drawing."""

from __future__ import annotations

from collections.abc import Iterable, Set

import networkx as nx

Arrow = tuple[int, int]


def telling(arrows: Iterable[Arrow], chosen: Set[Arrow]) -> set[Arrow]:
    """The arrows but those that follow from others: from a to c, where there are arrows from a to b and from b to c.

    chosen: those that stay, as a decision says that they are there.

    >>> sorted(telling([(0, 1), (1, 2), (0, 2)], set())), sorted(telling([(0, 1), (1, 2), (0, 2)], {(0, 2)}))
    ([(0, 1), (1, 2)], [(0, 1), (0, 2), (1, 2)])
    """
    given = sorted(arrows)
    graph = nx.DiGraph(given)
    if not nx.is_directed_acyclic_graph(graph):
        return set(given)
    return {*nx.transitive_reduction(graph).edges, *(chosen & set(given))}


def nearest(tails: Iterable[int], arrows: Iterable[Arrow]) -> set[int]:
    """Of boxes that one input comes from, those behind which no other of them lies.

    >>> nearest([0, 1], [(0, 1)])
    {1}
    """
    given, graph = set(tails), nx.DiGraph(sorted(arrows))
    graph.add_nodes_from(given)
    return {tail for tail in given if not given & (nx.descendants(graph, tail) - {tail})}
