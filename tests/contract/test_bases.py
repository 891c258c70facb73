"""``kagura base``: what was built is found by every name that it was built by."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura


@pytest.mark.parametrize("name", [ERA, ERA[:7], "2023-07-10"])
def test_a_base_is_shown_by_the_name_that_it_was_built_by(
    home: Path, tmp_path: Path, name: str
) -> None:
    built = kagura("base", "build", name, home=home, folder=tmp_path)
    assert built.returncode == 0, built.stderr
    digest = built.stdout.split()[0]
    shown = kagura("base", "show", name, "--format", "json", home=home, folder=tmp_path)
    assert json.loads(shown.stdout)["digest"].startswith(f"sha256:{digest}")
    again = kagura("base", "show", digest, "--format", "json", home=home, folder=tmp_path)
    assert json.loads(again.stdout) == json.loads(shown.stdout)


def test_a_base_that_is_not_built_is_not_shown(home: Path, tmp_path: Path) -> None:
    shown = kagura("base", "show", "2017-06", home=home, folder=tmp_path)
    assert shown.returncode == 2
    assert "there is no base 2017-06 in the store" in shown.stderr
