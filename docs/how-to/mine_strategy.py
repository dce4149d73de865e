"""Two disjoint parts of the identities, a memory for each step, softmax."""

from nasreid.relaxation import Softmax
from nasreid.strategies.shared_objectives import MemoryOptions
from nasreid.strategies.splits import Disjoint
from nasreid.strategy import Strategy, Twins


class Halves(Strategy):
    """Softmax, disjoint identities, one memory for each step. share: of the identities that move the weights."""

    def __init__(self, share: float = 0.5, memory: MemoryOptions = MemoryOptions()):
        self.relaxation, self.division, self.memory = Softmax(), Disjoint(share), memory

    def objectives(self, width, split):
        return Twins(*(self.memory.of(part, width) for part in split.both()))
