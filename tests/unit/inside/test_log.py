from __future__ import annotations

import json
import time
from pathlib import Path

from kagura.inside.log import LONGEST, Log


def written(folder: Path, *records: tuple[str, str]) -> str:
    log = Log(str(folder), time.monotonic())
    for stream, text in records:
        log.write(stream, text)
    log.copy_to(str(folder / "case.log"))
    assert log.complaint is None
    return (folder / "case.log").read_text("utf-8")


def test_the_log_is_a_json_array_with_a_record_a_line_and_the_comma_first(tmp_path: Path) -> None:
    text = written(tmp_path, ("stdout", "a\n"), ("stderr", "b"))
    first, second, last = text.splitlines()
    assert first.startswith('[{"stream_name":"stdout","time":')
    assert second.startswith(',{"stream_name":"stderr","time":')
    assert last == "]"
    records = json.loads(text)
    assert [record["data"] for record in records] == ["a\n", "b"]
    assert 0 <= records[0]["time"] <= records[1]["time"]


def test_what_html_would_take_for_its_own_is_escaped(tmp_path: Path) -> None:
    text = written(tmp_path, ("stdout", "<b>&"))
    assert "\\u003cb\\u003e\\u0026" in text
    assert json.loads(text)[0]["data"] == "<b>&"


def test_an_empty_log_is_an_empty_array(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path)) == []


def test_characters_are_written_as_they_are_and_halves_of_them_escaped(tmp_path: Path) -> None:
    text = written(tmp_path, ("stdout", "ä€😀\ud83d"))
    assert "ä€😀\\ud83d" in text
    assert json.loads(text)[0]["data"] == "ä€😀\ud83d"


def test_long_texts_are_cut_into_records(tmp_path: Path) -> None:
    records = json.loads(written(tmp_path, ("stdout", "x" * (LONGEST + 1))))
    assert [len(record["data"]) for record in records] == [LONGEST, 1]


def test_the_log_leaves_no_other_file(tmp_path: Path) -> None:
    written(tmp_path, ("stdout", "x"))
    assert [path.name for path in tmp_path.iterdir()] == ["case.log"]
