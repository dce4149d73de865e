"""What is read from files that others have written, or damaged: the value, or one line with the file's name."""

import json
import os
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nasreid.errors import NasreidError
from nasreid.files import parsed, read_bytes, read_json, read_table, read_text, write_text
from nasreid.network.weights import load_weights

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{two}: &{two} [{', '.join([f'*{one}'] * 10)}]\n" for one, two in zip("abcdefg", "bcdefgh", strict=True))


@pytest.mark.parametrize(("content", "said"), [
    (b"[" * 10000 + b"]" * 10000, "is nested too deeply"),
    (b'{"a":' * 10000 + b"1" + b"}" * 10000, "is nested too deeply"),
    (b"{", "is no JSON"), (b"[]", "holds a list; expected an object"), (b"\xff{}", "is no UTF-8 text"),
    (b"", "is no JSON"),
    (b'{"a": {"b": 1, "c": 2, "b": 1}}', "is no JSON: 'b' is there twice in one place; expected it once"),
    *([(b'{"a": ' + b"1" * 5000 + b"}", "is no JSON")] if hasattr(sys, "get_int_max_str_digits") else []),
])  # fmt: skip
def test_json_is_an_object_or_a_line(tmp_path, content, said):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(NasreidError, match=rf"thing '.*x\.json' {said}"):
        read_json(tmp_path / "x.json", "thing")


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text()), max_size=5))
def test_json_of_any_text_is_read(tmp_path_factory, found):
    path = tmp_path_factory.mktemp("any") / "x.json"
    write_text(path, json.dumps(found))
    assert read_json(path, "thing") == found


@pytest.mark.parametrize(("text", "said"), [
    (BOMB, "aliases stand for more than 100,000 values"), ("a: &a [*a]", "stands for something that it is in"),
    ("[" * 3000, "nested too deeply|is no YAML"), ("a: &a {b: *a}", "stands for something"),
    ("a: *b", "undefined alias"),
    ("a: \x01", "is no YAML"), ("? [a]\n: b", "is no YAML"), ("a: !!python/object/apply:os.system [ls]", "is no YAML"),
])  # fmt: skip
def test_what_is_no_honest_yaml_is_a_line(text, said):
    with pytest.raises(NasreidError, match=said) as refused:
        parsed(text, "recipe 'x.yaml'")
    assert str(refused.value).startswith("recipe 'x.yaml' is ")


def test_aliases_are_values_as_elsewhere():
    text = "a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}"
    assert parsed(text) == yaml.safe_load(text) == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is no csv"), (b"epoch,label\n1,a\n", "has no column 'p'; expected label, epoch, p"),
    (b"epoch,label,p\n1,a,x\n", "column 'p' holds no numbers"), (b"epoch,label,p\n1,a,\n2,a,1\n", "column 'p'"),
    (b"epoch,label,p\n", "column 'epoch' holds no numbers"), (b"\xff\xfee\x00", "is no csv in UTF-8"),
    (b'epoch,label,p\n1,"a,3\n', "is no csv"),
    (b"epoch,label,p\n1,a,1,7\n2,b,3,8\n", "has longer rows than its first line"),
    (b"a,b\n1,2,3,4\n1\n1,2,3,4,5,6\n", "is no csv"),
])  # fmt: skip
def test_a_table_of_something_else_is_a_line(tmp_path, content, said):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(NasreidError, match=rf"table '.*x\.csv'.* {said}|table '.*x\.csv'.*{said}"):
        read_table(tmp_path / "x.csv", "label", numbers=("epoch", "p"))


def test_a_table_that_is_not_there_is_a_line(tmp_path):
    with pytest.raises(NasreidError, match=r"none\.csv' cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(NasreidError, match="cannot be read: Is a directory"):
        read_table(tmp_path)


@pytest.mark.parametrize("name", ["None", "0", "1e5", "nan?"])
def test_names_in_a_table_stay_text(tmp_path, name):
    write_text(tmp_path / "x.csv", f"label,p\n{name},1e-3\n")
    assert read_table(tmp_path / "x.csv", "label", numbers=("p",)).to_numpy().tolist() == [[name, 0.001]]


def test_bytes_of_a_name_that_are_no_text_are_written_as_json_writes_them(tmp_path):
    write_text(tmp_path / "x", json.dumps("é\udc80", ensure_ascii=False))
    assert (tmp_path / "x").read_text(encoding="utf-8") == '"é\\udc80"'
    assert json.loads((tmp_path / "x").read_text(encoding="utf-8")) == "é\udc80"


def test_a_file_is_read_up_to_its_limit(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", "a word", 5) == b"12345"
    with pytest.raises(NasreidError, match=r"a: 5 bytes; expected a word of at most 4$"):
        read_bytes(tmp_path / "a", "a word", 4)
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10**12)
    with pytest.raises(NasreidError, match=r"sparse: 1000000000000 bytes; expected a word of at most 9$"):
        read_bytes(tmp_path / "sparse", "a word", 9)


def test_what_is_no_file_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(NasreidError, match=rf"{name}: a pipe, socket or device and no file; expected a word$"):
            read_bytes(tmp_path / name, "a word", 9)
    with pytest.raises(NasreidError, match=r"Is a directory; expected a word$"):
        read_bytes(tmp_path, "a word", 9)
    with pytest.raises(NasreidError, match=r"none: no such file; expected a word$"):
        read_bytes(tmp_path / "none", "a word", 9)
    with pytest.raises(NasreidError, match=r"'a\\x00': no name of a file; expected a word$"):
        read_bytes("a\0", "a word", 9)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 1", "x: {a: 1, a: 2}", "- {a: 1, 'a': 2}",
                                  "x: &x {a: 1, a: 1}\ny: *x"])
def test_a_name_twice_in_one_place_is_refused(text):
    with pytest.raises(NasreidError, match="r is no YAML: 'a' is there twice in one place; expected it once"):
        parsed(text, "r")


def test_a_name_may_be_written_over_what_is_merged():
    assert parsed("base: &base {a: 1, b: 2}\nx: {<<: *base, a: 3}")["x"] == {"a": 3, "b": 2}


def test_the_mark_that_editors_begin_a_file_with_is_no_text(tmp_path):
    (tmp_path / "x.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(tmp_path / "x.json", "thing") == {"a": 1}


@pytest.mark.parametrize("read", [lambda path: read_text(path, "table"), lambda path: read_json(path, "table"),
                                  read_table, lambda path: load_weights(nn.Linear(1, 1), path)])
def test_what_may_never_end_is_not_read(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(NasreidError, match="is a pipe, socket or device; expected a file"):
            read(path)
    with pytest.raises(NasreidError, match=r"'a\\x00b': no name of a file"):
        read("a\0b")
