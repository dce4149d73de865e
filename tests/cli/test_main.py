"""The command line: one line and status 2 for bad input, recipes with overrides, a third party's file."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nasreid.cli import main
from nasreid.cli.commands import COMMANDS, FORMER
from nasreid.cli.recipe import RECIPES
from nasreid.genotype import Genotype

README = Path(__file__).parents[2] / "README.md"
SMALL = ["--space-args.width_multiplier", "0.125", "--epochs", "1", "--p", "4", "--k", "2", "--height", "32",
         "--width", "16", "--device", "cpu", "--quiet", "--no-draw"]


def search(data, output, *more):
    return ["search", "--data", str(data), "--output", str(output), *SMALL, *more]


@pytest.fixture
def folder(people, tmp_path):
    """A copy of the tiny data set that a test may spoil."""
    copy = tmp_path / "people"
    shutil.copytree(people, copy)
    return copy / "Market-1501-v15.09.15"


def refused(capsys, arguments, words):
    assert main([str(a) for a in arguments]) == 2
    err = capsys.readouterr().err
    assert re.search(words, err), err
    assert err.startswith("nasreid: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("more", "words"), [
    (["--space", "MSX"], r"'MSX' is not among our spaces.*MSI"),
    (["--space-args.scale", "3"], r"MSI has no argument 'scale'.*; expected widths"),
    (["--space-args.fusion", "plus"], "plus.*expected.*sum"),
    (["--strategy", "TMC"], r"'TMC' is not among our strategies.*TCM"),
    (["--strategy-args.train", "1.5"], "train share 1.5 of 10 identities"),
    (["--objectives", '[{"objective": "CE"}]'], r"'CE' is not among our objectives.*CrossEntropy"),
    (["--objectives", '[{"objective": "CrossEntropy"}]'], "two steps see different identities; expected.*Memory"),
    (["--architecture-objectives", '[{"objective": "Memory"}]'], "expected both, or objectives alone"),
    (["--strategy-args.architecture_schedule", "step"], "architecture_schedule 'step': expected multistep or cosine"),
    (["--p", "11"], "10 identities in 60 pictures: expected at least P=11"),
    (["--p", "0"], "p is 0; expected at least 1"),
    (["--lr", "-1"], "lr is -1.0; expected a positive number"),
    (["--epochs", "many"], "epochs is 'many'; expected a whole number"),
    (["--epochs", "1:30"], "epochs is '1:30'; expected a whole number"),
    (["--epochs", "0x10"], "epochs is '0x10'; expected a whole number"),
    (["--epochs", "2.0"], "epochs is 2.0; expected a whole number"),
    (["--lr", "1,5"], "lr is '1,5'; expected a number"),
    (["--device", "tpu"], "device 'tpu'; expected auto, cpu or gpu"),
    (["--layout", "market"], r"layout 'market' \(did you mean 'market1501'\?\): expected one of csv"),
    (["--no-such", "1"], "no-such"),
    (["--config", "msinett"], r"recipe 'msinett' \(did you mean 'msinet'\?\): expected a YAML file or one of att"),
])
def test_a_wrong_argument_is_named(people, tmp_path, capsys, more, words):
    refused(capsys, search(people, tmp_path / "run", *more), words)
    assert not (tmp_path / "run").exists()


def test_a_wrong_command_is_named(capsys):
    refused(capsys, ["serch"], "serch")
    refused(capsys, ["data", "fetch"], "command 'data fetch'.*expected.*data synthesize, data check, data extract")
    refused(capsys, ["data", "chek"], r"did you mean 'data check'\?")


def test_the_former_name_of_a_command_says_the_new_one(capsys):
    assert all(command in COMMANDS for command, _ in FORMER)
    refused(capsys, ["export", "--from-official", "osnet", "a.pth"], "official has another name now.* import-weights")


def test_data_is_written_and_counted(tmp_path, capsys):
    size = ["--identities", "4", "--test-identities", "2", "--cameras", "2", "--height", "32", "--width", "16"]
    assert main(["data", "synthesize", "--root", str(tmp_path / "p"), "--quiet", *size]) == 0
    assert main(["data", "check", "market1501", str(tmp_path / "p"), "--quiet"]) == 0
    assert re.search(r"train +visible +24 +24 +4 +4 +2", capsys.readouterr().out)


def test_a_copy_that_is_not_complete_ends_with_status_1(folder, capsys):
    victim = sorted((folder / "query").glob("*.jpg"))[0]
    victim.unlink()
    assert main(["data", "check", "market1501", str(folder), "--quiet"]) == 1
    assert "error: query visible: 7 images; expected 8" in capsys.readouterr().out


def test_data_is_written_in_the_layout_of_another_data_set(tmp_path, capsys):
    size = ["--identities", "3", "--test-identities", "3", "--shots", "2", "--height", "16", "--width", "8", "--quiet"]
    assert main(["data", "synthesize", "--layout", "regdb", "--root", str(tmp_path), *size]) == 0
    assert main(["data", "check", "regdb", str(tmp_path), "--data-args.trial", "3", "--quiet"]) == 0
    assert re.search(r"train +infrared +6 +6 +3 +3 +1", capsys.readouterr().out)
    refused(capsys, ["data", "synthesize", "--layout", "msmt", "--root", tmp_path / "x"], "mean 'msmt17'.*: expected")
    refused(capsys, ["data", "check", "regdb", tmp_path, "--data-args.trial", "x"], "trial is 'x'; expected a whole")
    refused(capsys, ["data", "extract", tmp_path], "no cuhk-03.mat here nor in cuhk03_release")


def test_a_missing_folder_is_named(tmp_path, capsys):
    refused(capsys, search(tmp_path / "none", tmp_path / "run"), "none: no such folder; expected Market-1501")


def test_an_empty_folder_is_named(folder, tmp_path, capsys):
    for picture in (folder / "bounding_box_train").iterdir():
        picture.unlink()
    refused(capsys, search(folder, tmp_path / "run"), "bounding_box_train.*expected")


def test_a_name_that_does_not_parse_is_named(folder, tmp_path, capsys):
    (folder / "bounding_box_train" / "person one.jpg").write_bytes(b"")
    refused(capsys, search(folder, tmp_path / "run"), r"person one\.jpg.*expected")


def test_a_truncated_picture_is_named_and_skipped_on_request(folder, tmp_path, capsys):
    victim = sorted((folder / "bounding_box_train").glob("*.jpg"))[0]
    victim.write_bytes(victim.read_bytes()[:200])
    refused(capsys, search(folder, tmp_path / "run"), f"{victim.name}.*skip-broken")
    assert main(search(folder, tmp_path / "run", "--skip-broken", "--strategy", "Random")) == 0


def test_an_identity_with_one_picture_is_named(folder, tmp_path, capsys):
    pictures = sorted((folder / "bounding_box_train").glob("*.jpg"))
    first = pictures[0].name[:4]
    for picture in pictures[1:]:
        if picture.name.startswith(first):
            picture.unlink()
    refused(capsys, search(folder, tmp_path / "run"), f"identity {int(first)} has one picture only.*{pictures[0].name}")


def test_a_finished_run_is_kept(people, tmp_path, capsys):
    arguments = search(people, tmp_path / "run", "--strategy", "Random")
    assert main(arguments) == 0
    before = (tmp_path / "run" / "genotype.json").read_bytes()
    capsys.readouterr()
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "holds this run, finished" in said.err
    assert "genotype:" in said.out
    refused(capsys, [*arguments, "--seed", "8"], "holds a finished run with seed=0, not 8")
    assert (tmp_path / "run" / "genotype.json").read_bytes() == before
    assert main([*arguments, "--force"]) == 0


@pytest.fixture
def genotype(tmp_path):
    path = tmp_path / "genotype.json"
    choices = {f"cell{c}.interaction{i}": "gate" for c in range(1, 7) for i in (1, 2)}
    Genotype("MSI", {"width_multiplier": 0.125}, choices).save(path)
    return path


@pytest.mark.parametrize(("change", "words"), [
    (lambda c: c.pop("cell2.interaction1"), "choice 'cell2.interaction1' is missing; expected one of none"),
    (lambda c: c.update({"cell7.interaction1": "gate"}), "choice 'cell7.interaction1' is not a decision of this space"),
    (lambda c: c.update({"cell1.interaction1": "gat"}),
     r"choice 'cell1.interaction1' is 'gat' .did you mean 'gate'.*: expected one of none"),
])
def test_a_wrong_genotype_is_named(people, genotype, tmp_path, capsys, change, words):
    record = json.loads(genotype.read_text())
    change(record["choices"])
    genotype.write_text(json.dumps(record))
    arguments = ["retrain", "--genotype", genotype, "--data", people, "--output", tmp_path / "run", "--quiet",
                 "--p", "4", "--k", "2"]
    refused(capsys, arguments, words)
    assert not (tmp_path / "run").exists()


def test_a_query_without_a_match_is_named_or_skipped(folder, genotype, tmp_path, capsys):
    run = tmp_path / "run"
    train = ["retrain", "--genotype", str(genotype), "--data", str(folder), "--output", str(run), "--epochs", "1",
             "--p", "4", "--k", "2", "--height", "32", "--width", "16", "--device", "cpu", "--quiet"]
    assert main(train) == 0
    query = sorted((folder / "query").glob("*.jpg"))[0]
    for picture in (folder / "bounding_box_test").glob(f"{query.name[:4]}_*.jpg"):
        picture.unlink()
    arguments = ["evaluate", "--run", str(run), "--data", str(folder), "--device", "cpu", "--quiet"]
    refused(capsys, arguments, f"{query.name}.*identity {int(query.name[:4])}")
    scores = tmp_path / "scores.json"
    assert main([*arguments, "--skip-unmatched", "--output", str(scores), "--pictures", str(tmp_path / "r.png")]) == 0
    record = json.loads(scores.read_text())
    assert record["skipped"] == 2
    assert 0 <= record["mAP"] <= 100
    assert (tmp_path / "r.png").stat().st_size > 1000


def test_evaluating_something_else_is_refused(people, tmp_path, capsys):
    refused(capsys, ["evaluate", "--run", tmp_path, "--data", "nowhere"], "holds no finished retraining")
    refused(capsys, ["gallery", "--run", tmp_path, "--data", "nowhere"], "holds no finished retraining")


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_a_genotype_is_drawn(genotype, tmp_path, suffix):
    assert main(["draw", str(genotype), "--output", str(tmp_path / f"g.{suffix}")]) == 0
    assert (tmp_path / f"g.{suffix}").stat().st_size > 1000


def test_the_difference_of_two_genotypes_is_printed(genotype, tmp_path, capsys):
    record = Genotype.load(genotype)
    other = Genotype("MSI", record.arguments, {**record.choices, "cell3.interaction1": "exchange"})
    other.save(tmp_path / "other.json")
    assert main(["draw", str(tmp_path / "other.json"), "--against", str(genotype), "--output",
                 str(tmp_path / "d.svg")]) == 0
    assert re.search(r"cell3.interaction1 +gate +exchange", capsys.readouterr().out)


def test_everything_is_listed(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert {"MSI", "TCM", "CEDarts", "Random", "Memory", "Triplet", "msinet-official", "market1501",
            "evolution"} <= set(out.split())


# those across modalities want infrared images: test_cross_modality.py
SEARCHES = [path for path in sorted(RECIPES.glob("*.yaml"))
            if yaml.safe_load(path.read_text()).get("search", {"strategy": "CMNAS"}).get("strategy") != "CMNAS"
            and path.stem != "micro"]  # whose space has no width_multiplier


@pytest.mark.parametrize("path", SEARCHES, ids=lambda p: p.stem)
def test_a_recipe_is_understood_and_overridden(path, people, tmp_path):
    shrink = SMALL[2:]
    output = tmp_path / "run"
    assert main(["search", "--config", path.stem, "--data", str(people), "--output", str(output), *shrink,
                 "--space-args.width_multiplier", "0.125"]) == 0
    config = yaml.safe_load((output / "config.yaml").read_text())["search"]
    recipe = yaml.safe_load(path.read_text())["search"]
    assert config["epochs"] == 1
    assert config["lr"] == recipe["lr"]
    assert config["strategy_args"] == recipe.get("strategy_args", {})
    assert config["space_args"] == {**recipe["space_args"], "width_multiplier": 0.125}


@pytest.mark.parametrize(("text", "words"), [
    ("search:\n  epochs: 1\n  epochs: 2\n", "'epochs' is there twice"),
    ("search: {}\nsearch: {}\n", "'search' is there twice"),
    ("search:\n  space-args: {}\n  space_args: {width_multiplier: 0.5}\n", "section search has 'space_args' twice"),
])
def test_an_option_twice_in_a_recipe_is_refused(tmp_path, capsys, text, words):
    (tmp_path / "a.yaml").write_text(text)
    refused(capsys, ["search", "--config", tmp_path / "a.yaml", "--output", tmp_path / "x", "--data", "."], words)


@pytest.mark.parametrize(("recipe", "typed", "expected"), [
    ({}, [], True), ({}, ["--no-channels-last"], False), ({"channels_last": False}, [], False),
    ({"channels_last": False}, ["--channels-last"], True), ({"channels_last": True}, ["--no-channels-last"], False),
])  # fmt: skip
def test_a_switch_can_be_set_either_way(recipe, typed, expected, people, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"search": {"strategy": "Random", "force": False, **recipe}}))
    assert main(["search", "--config", str(path), "--data", str(people), "--output", str(tmp_path / "run"), *SMALL[2:],
                 *typed]) == 0
    assert yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())["search"]["channels_last"] is expected


@pytest.mark.parametrize(("command", "heavy", "said"), [
    (["--help"], {"torch", "nni", "pandas", "matplotlib"}, "search"),
    (["truth", "in-placement"], {"torch", "nni", "matplotlib"}, "64 architectures")])
def test_a_command_loads_nothing_heavy_that_it_does_not_need(command, heavy, said):
    code = f"import sys; from nasreid.cli import main\ntry: main({command})\nexcept SystemExit: pass\n" \
           f"print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.rstrip().endswith("[]")
    assert said in result.stdout


def test_the_readme_s_third_party_space_is_searched_retrained_and_drawn(people, tmp_path, monkeypatch):
    block = re.search(r"```python\n# mine\.py\n(.*?)```", README.read_text(), re.DOTALL)
    assert block
    (tmp_path / "mine.py").write_text(block[1])
    monkeypatch.chdir(tmp_path)
    small = [*SMALL[2:]]
    assert main(["search", "--space", "./mine.py:Mine", "--data", str(people), "--output", "run", *small]) == 0
    record = Genotype.load("run/genotype.json")
    assert record.space == "./mine.py:Mine"
    assert main(["draw", "run/genotype.json", "--output", "mine.svg"]) == 0
    train = ["retrain", "--genotype", "run/genotype.json", "--data", str(people), "--output", "net", *small]
    assert main(train) == 2
    assert main([*train, "--space", "./mine.py:Mine"]) == 0
    assert Path("net/network.safetensors").exists()


OUTPUTS = [["draw", "msinet", "--output"], ["data", "synthesize", "--identities", "2", "--test-identities", "2",
           "--cameras", "2", "--shots", "2", "--height", "16", "--width", "8", "--quiet", "--root"]]  # fmt: skip


@pytest.mark.parametrize("command", OUTPUTS, ids=lambda command: command[0])
@pytest.mark.parametrize("place", ["/proc/x.svg", "file/x.svg", "a" * 260 + ".svg"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys, command, place):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    refused(capsys, [*command, place], place[:20])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_error_of_the_system_anywhere_is_one_line(monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", "/data/images.csv")

    monkeypatch.setattr("nasreid.cli.parser.typed", refuse)
    refused(capsys, ["draw", "msinet"], "^nasreid: '/data/images.csv': Permission denied$")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_no_name_is_too_much_for_a_console(tmp_path, encoding):
    Genotype("./x.py:X", {}, {"zelle.é": "門"}).save(tmp_path / "g.json")
    done = subprocess.run([sys.executable, "-m", "nasreid", "draw", "g.json"], cwd=tmp_path, capture_output=True,
                          env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.getcwd()})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"=\\u9580" in done.stdout


def test_a_full_disk_behind_stdout_is_one_line(tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "nasreid", "list"], stdout=full, stderr=subprocess.PIPE,
                              cwd=tmp_path, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "nasreid: the system refused to read or write: No space left on device"]


@pytest.mark.parametrize(("content", "words"), [
    ("", "is no csv"), ("epoch,label,candidate\n1,a,b\n", "has no column 'probability'"),
    ("epoch,label,candidate,probability\n1,a,b,much\n", "column 'probability' holds no numbers"),
])  # fmt: skip
def test_probabilities_of_something_else_are_named(tmp_path, capsys, content, words):
    (tmp_path / "p.csv").write_text(content)
    refused(capsys, ["draw", "msinet", "--output", tmp_path / "x.svg", "--probabilities", tmp_path / "p.csv"],
            f"probabilities: table .*p.csv.* {words}.*expected yes, no or a search's probabilities.csv")


@pytest.mark.parametrize("found", [[1], {"cell1.interaction1": 3}, {"cell1.interaction1": {"gate": "much"}}])
def test_a_genotype_whose_probabilities_are_none_is_named(tmp_path, capsys, found):
    Genotype("./x.py:X", {}, {"cell1.interaction1": "gate"}, {"probabilities": found}).save(tmp_path / "g.json")
    refused(capsys, ["draw", tmp_path / "g.json", "--output", tmp_path / "x.svg"],
            "expected {label: {candidate: number}}")


def test_names_that_are_no_utf8_are_printed_or_refused_in_one_line(tmp_path, capsys, monkeypatch):
    path = tmp_path / "a\udce9.csv"
    path.write_text("path,identity\nno.jpg,1\n")
    refused(capsys, ["data", "check", "csv", path], r"a\\udce9\.csv line 2: no file 'no\.jpg'")

    def fail(self):
        "a\udce9".encode()

    monkeypatch.setattr("nasreid.cli.data.Check.__call__", fail)
    refused(capsys, ["data", "check", "csv", path], r"'a\\udce9' is no UTF-8 text; expected names in UTF-8 here")


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_a_report_is_printed_whatever_the_terminal_can_show(tmp_path, encoding):
    for who in ("é", "\udce9"):
        (tmp_path / "own" / who).mkdir(parents=True)
        (tmp_path / "own" / who / "1.jpg").write_bytes(b"torn")
    command = [sys.executable, "-m", "nasreid", "data", "check", "folder", str(tmp_path / "own"), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (1, "")
    assert "\\udce9/1.jpg" in done.stdout
