"""However much comes, little of it is in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kagura.testing import Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import KAGURA
from pulling import source

MOST = 150_000_000
JSON = "application/json"
LONG = json.dumps([{"code": 500, "text": "é" * 50}] * 500_000).encode()


# A process between us and the command: what a child of ours had would count our own memory too.
BETWEEN = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def memory_of(standin: Standin, here: Path, *arguments: str) -> int:
    """The most memory, in bytes, that one process of a command had."""
    own = {"HOME": str(here), "KAGURA_HOME": str(here / "store")}
    answer = subprocess.run(
        [sys.executable, "-c", BETWEEN, *KAGURA, *arguments],
        env=os.environ | standin.environment() | own,
        cwd=here,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    return int(answer.stdout) * 1024


@pytest.fixture
def kaggle(standin: Standin) -> Standin:
    assert len(LONG) > MOST / 2
    # A type that tempts to parse all that comes.
    output: dict[str, bytes] = {"long.json": LONG, "sub/a.json": b"[]"}
    standin.kernel("me/long", source("1"), version=1, output=output, content_type=JSON)
    standin.dataset("me/json", {"long.json": LONG}, version=1, content_type=JSON)
    standin.dataset("me/files", {f"{n // 1000}/{n}.txt": "x" for n in range(60_000)}, version=1)
    return standin


def test_a_long_json_file_is_no_answer_of_the_api(kaggle: Standin, tmp_path: Path) -> None:
    assert memory_of(kaggle, tmp_path, "pull", "me/long", "--outputs", "--no-inputs") < MOST
    assert (tmp_path / "long" / "outputs" / "long.json").read_bytes() == LONG
    assert {one.content_type for one in kaggle.objects("me/long")} == {JSON}


def test_a_data_set_of_one_long_json_file_and_one_of_many_files(
    kaggle: Standin, tmp_path: Path
) -> None:
    for handle in ("me/files", "me/json"):
        assert memory_of(kaggle, tmp_path, "input", "add", handle) < MOST
    listed = subprocess.run(
        [*KAGURA, "input", "list", "--format", "json"],
        env=os.environ | {"KAGURA_HOME": str(tmp_path / "store")},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    many, one = (Path(entry["folder"]) for entry in json.loads(listed.stdout))
    assert (one / "long.json").read_bytes() == LONG
    assert sum(len(files) for _, _, files in os.walk(many)) == 60_000
