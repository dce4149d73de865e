"""A full disk under the commands that write: one line and status 2, and with room the same command goes on."""

import json

import pytest
import torch

from nasreid.cli import main
from nasreid.genotype import Genotype
from nasreid.network.catalogue import genotype
from tests.full_disk import room

TINY = ["--epochs", "1", "--p", "4", "--k", "2", "--height", "32", "--width", "16", "--device", "cpu", "--quiet",
        "--no-draw", "--space-args.width_multiplier", "0.125"]  # fmt: skip


@pytest.fixture(scope="module")
def made(people, tmp_path_factory):
    """What the commands read: a trained network, an official checkpoint, a comparison."""
    root = tmp_path_factory.mktemp("made")
    assert main(["retrain", "--genotype", "msinet", "--data", str(people), *TINY, "--output", str(root / "net")]) == 0
    torch.save({"head.weight": torch.ones(512)}, root / "a.pth")
    choices = dict(genotype("msinet").choices)
    Genotype("MSI", {"width_multiplier": 0.125}, choices, {"strategy": "TCM"}).save(root / "g.json")
    for name in ("one", "two"):
        (root / name).mkdir()
        (root / name / "runs.csv").write_text("variant,seed,mAP\nRandom,0,1\nRandom,1,2\nTCM,0,3\nTCM,1,4\n")
        (root / name / "compare.json").write_text(json.dumps({"data": name, "reference": "Random", "metric": "mAP"}))
    return root


COMMANDS = {
    "draw svg": "draw msinet --output {o}/x.svg", "draw png": "draw msinet --output {o}/x.png",
    "draw pdf": "draw msinet --output {o}/x.pdf",
    "synthesize": "data synthesize --root {o} --identities 3 --test-identities 2 --cameras 2 --shots 2 --height 32 "
                  "--width 16 --quiet",
    "export": "export {made}/net --to safetensors --output {o}/x.safetensors",
    "embed npy": "embed {people} --run {made}/net --output {o}/f.npy --quiet",
    "embed": "embed {people} --run {made}/net --output {o}/f.npz --quiet",
    "gallery": "gallery --run {made}/net --data {people} --output {o} --queries 2 --negatives 2 --quiet",
    "evaluate": "evaluate --run {made}/net --data {people} --output {o}/s.json --pictures {o}/r.png --quiet",
    "across": "across {made}/one {made}/two --output {o}",
    "import-weights": "import-weights {made}/a.pth --from-official msinet --output {o}/w.safetensors",
    "retrain": "retrain --genotype msinet --data {people} --output {o} " + " ".join(TINY),
    "search": "search --data {people} --output {o} " + " ".join(TINY),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 300])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line_and_nothing_half_written(people, made, tmp_path, capsys, command, size):
    arguments = COMMANDS[command].format(o=tmp_path / "o", people=people, made=made).split()
    (tmp_path / "o").mkdir()
    with room(size):
        assert main(arguments) == 2
    said = capsys.readouterr().err.splitlines()
    assert len([line for line in said if line.startswith("nasreid: ")]) == 1
    assert "File too large" in said[-1] or "cannot be written" in said[-1]
    assert [path for path in tmp_path.rglob("*") if "draft" in path.name] == []
    assert main(arguments) == 0


@pytest.mark.slow
def test_a_table_of_truth_on_a_full_disk_says_so_and_goes_on(people, tmp_path, capsys):
    (tmp_path / "r.yaml").write_text("retrain: {epochs: 1, p: 4, k: 2, height: 32, width: 16, pad: 1}")
    command = ["exhaust", "--space", "Micro", "--fix", "stage1.*=gate", "stage2.*=gate", "--data", str(people),
               "--recipe", str(tmp_path / "r.yaml"), "--seeds", "1", "--quiet", "--output", str(tmp_path / "o")]
    with room(9000):
        assert main(command) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "with room and the right to write" in said
    assert main(command) == 0
