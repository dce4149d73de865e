"""Genotypes as pictures and as text."""

from nasreid.pictures.diagram.beside import beside, draw_beside
from nasreid.pictures.diagram.diagram import difference, draw, graph, text

__all__ = ["beside", "difference", "draw", "draw_beside", "graph", "text"]
