"""nasreid completion: what a shell needs to complete commands and options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import shtab

from nasreid.cli.parser import everything
from nasreid.configuration import Place
from nasreid.errors import NasreidError, one_of


@dataclass(frozen=True)
class Completion:
    """Print the completions for a shell: eval "$(nasreid completion bash)"."""

    shell: Annotated[str, "bash, zsh or tcsh", Place] = "bash"

    def __call__(self) -> None:
        if self.shell not in shtab.SUPPORTED_SHELLS:
            raise NasreidError(f"shell {one_of(self.shell, shtab.SUPPORTED_SHELLS)}")
        print(shtab.complete(everything(), self.shell))
