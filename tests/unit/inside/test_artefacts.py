from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kagura.inside.artefacts import Chunk, document_bytes, put_bytes, put_chunk, remove


def put(path: Path, text: str = "new") -> None:
    put_bytes(str(path), iter([text.encode()]))


def test_a_file_is_put_in_place_and_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").read_text() == "new"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_a_folder_in_the_way_is_removed_with_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "b" / "c" / "e").write_text("")
    (tmp_path / "b" / "c").chmod(0)
    put(tmp_path / "b")
    assert (tmp_path / "b").read_text() == "new"


@pytest.mark.parametrize("target", ["file", "folder", "nowhere"])
def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "b").symlink_to(target)
    put(tmp_path / "b")
    assert not (tmp_path / "b").is_symlink()
    assert (tmp_path / "b").read_text() == "new"
    assert (tmp_path / "file").read_text() == "old"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_with_the_name_of_the_unfinished_file_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / ".b.kagura-part" / "c").mkdir(parents=True)
    put(tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_file_where_the_folder_should_be_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    put(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").read_text() == "new"


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    def broken() -> Any:
        yield b"begun"
        raise OSError("full")

    put(tmp_path / "b", "old")
    with pytest.raises(OSError, match="full"):
        put_bytes(str(tmp_path / "b"), broken())
    assert (tmp_path / "b").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_part_of_a_file_can_be_put_in_place(tmp_path: Path) -> None:
    (tmp_path / "whole").write_text("0123456789")
    descriptor = os.open(tmp_path / "whole", os.O_RDONLY)
    put_chunk(str(tmp_path / "part"), Chunk(descriptor, 3, 4))
    os.close(descriptor)
    assert (tmp_path / "part").read_text() == "3456"


def test_to_remove_a_link_leaves_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("")
    (tmp_path / "folder" / "link").symlink_to("../outside")
    remove(str(tmp_path / "folder"))
    remove(str(tmp_path / "folder"))
    assert (tmp_path / "outside" / "kept").exists()


@pytest.mark.parametrize("cells", [[], [{"source": "ä\ud83d"}], [{"source": ""}, {"a": [1, None]}]])
def test_a_document_is_json_with_a_cell_a_line(cells: list[dict[str, Any]]) -> None:
    document = {"nbformat": 4, "cells": cells, "metadata": {"x": {}}}
    data = b"".join(document_bytes(document))
    assert json.loads(data) == document
    assert not cells or len(data.splitlines()) == 2 + len(cells)
