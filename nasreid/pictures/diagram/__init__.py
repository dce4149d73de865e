"""Genotypes as pictures and as text."""

from nasreid.pictures.diagram.diagram import difference, draw, graph, text

__all__ = ["difference", "draw", "graph", "text"]
