"""Data files are read whole, checked entry by entry, and never executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellmodel.errors import ParameterError
from cellmodel.parameters import load, load_file, read_toml, sources

ENTRY = {"value": "0.14", "unit": '"1"', "source": '"romani_2024"', "kind": '"measured"'}


def write(tmp_path: Path, **changes: str | None) -> Path:
    fields = {key: text for key, text in {**ENTRY, **changes}.items() if text is not None}
    lines = ["[release.use]", *(f"{key} = {text}" for key, text in fields.items())]
    path = tmp_path / "release.toml"
    path.write_text("\n".join(lines))
    return path


def test_an_entry_comes_with_its_provenance(tmp_path: Path) -> None:
    read = load_file(write(tmp_path, where='"table S5"', celsius="34", sd="0.02"))
    use = read["release.use"]
    assert (use.value, use.unit, use.source, use.kind) == (0.14, "1", "romani_2024", "measured")
    assert (use.where, use.celsius, use.sd, use.q10) == ("table S5", 34.0, 0.02, None)
    assert read.value("release.use") == 0.14
    assert read.values_of("release") == {"use": 0.14}
    assert read.name == "release"


def test_a_list_becomes_a_tuple(tmp_path: Path) -> None:
    assert load_file(write(tmp_path, value="[1, 2.5]"))["release.use"].value == (1.0, 2.5)


def test_plain_keys_are_texts_about_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('name = "b"\n[group]\nstates = ["c0", "o"]\n')
    read = load_file(path)
    assert (read.name, dict(read.texts), len(read)) == ("b", {"name": "b", "group.states": ["c0", "o"]}, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"unit": None}, "no unit"),
        ({"source": None}, "no source"),
        ({"kind": None}, "no kind"),
        ({"unit": "3"}, "no unit"),
        ({"unit": '"furlong"'}, "unknown unit 'furlong'"),
        ({"kind": '"guessed"'}, "kind 'guessed'"),
        ({"kind": '"assumed"'}, "add a note"),
        ({"kind": '"derived"'}, "add a note"),
        ({"value": '"0.14"'}, "not a finite number"),
        ({"value": "true"}, "not a finite number"),
        ({"value": "nan"}, "not a finite number"),
        ({"value": "[1, inf]"}, "not a finite number"),
        ({"sd": '"x"'}, "sd = 'x'"),
        ({"low": "0.2"}, "outside its range"),
        ({"value": "[0.1, 9]", "high": "1"}, "outside its range"),
        ({"vlaue": "1"}, "unknown key 'vlaue'. Did you mean 'value'?"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(
    changes: dict[str, str | None], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=r"release\.toml: \[release\.use\]") as caught:
        load_file(write(tmp_path, **changes))
    assert said in str(caught.value)


def test_a_missing_parameter_is_named_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"'release\.gain' is missing.*release\.use"):
        load_file(write(tmp_path)).value("release.gain")


def test_what_is_read_cannot_be_changed(tmp_path: Path) -> None:
    read = load_file(write(tmp_path))
    with pytest.raises(TypeError):
        read.entries["release.use"] = None  # type: ignore[index]
    with pytest.raises(AttributeError):
        read["release.use"].value = 1.0  # type: ignore[misc]


@pytest.mark.parametrize("text", ["value = ", "a = 1\na = 2", "import os"])
def test_what_is_not_toml_is_an_error_with_the_file_s_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ParameterError, match=r"bad\.toml is not valid TOML"):
        read_toml(path)


def test_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError, match=r"is not a text in UTF-8\. Save it as UTF-8"):
        read_toml(path)


def test_the_mark_that_some_editors_begin_a_text_with_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "good.toml"
    path.write_text("a = 1\n", encoding="utf-8-sig")
    assert read_toml(path) == {"a": 1}


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="cannot read"):
        load_file(tmp_path / "none.toml")


def test_shipped_files_are_read_once() -> None:
    assert load("slice.toml") is load("slice.toml")
    assert "cellmodel" in sources()
