"""What the tests of experiments share."""

from pathlib import Path

import pytest

from nasreid.experiments import stages
from nasreid.experiments.usage import Usage


@pytest.fixture
def in_this_process(monkeypatch):
    """The stages of a job run here: to start a process for each takes longer than they do."""
    def run(stage: str, place: Path, *_: object) -> None:
        Usage(place).begin(stage)
        assert stages.main(str(place), stage) == stages.WELL

    monkeypatch.setattr(stages, "_run", run)
