"""Cells that install packages, in the forms that notebooks use; from a wheel, without a network."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook

# A case's era too; from this time on Kaggle's packages lie in /usr/local, and uv is there.
WITH_UV = "2025-07-01"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a wheel of a package that no base has."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    files = {
        "lantern.py": "lit = True\n",
        "lantern-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: lantern\nVersion: 1.0\n",
        "lantern-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={_digest(text)},{len(text.encode())}\n" for name, text in files.items()
    )
    files["lantern-1.0.dist-info/RECORD"] = record + "lantern-1.0.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / "lantern-1.0-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return folder


def _digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("era", "command", "place"),
    [
        (ERA, "!pip install", "/opt/conda/lib/python3.10/site-packages"),
        (ERA, "pip install", "/opt/conda/lib/python3.10/site-packages"),
        (ERA, "!pip install --user", "/root/.local/lib/python3.10/site-packages"),
        (ERA, "!python -m pip install -t /kaggle/working/own", "/kaggle/working/own"),
        (WITH_UV, "!uv pip install --system", "/usr/local/lib/python3.11/site-packages"),
        (WITH_UV, "!uv pip install", "/usr/local/lib/python3.11/site-packages"),
    ],
)
def test_an_installed_package_is_there_for_the_next_cell(
    home: Path, wheels: Path, tmp_path: Path, era: str, command: str, place: str
) -> None:
    notebook = write_notebook(
        tmp_path / "installs.ipynb",
        f"{command} --no-index --find-links /kaggle/input/wheels lantern",
        "import sys; sys.path.append('/kaggle/working/own')",
        f"import lantern; assert lantern.__file__ == '{place}/lantern.py', lantern.__file__",
    )
    run = ("run", notebook, "--base", era, "--input", f"wheels={wheels}", "--no-internet")
    answer = kagura(*run, home=home, folder=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert not list((home / "bases").glob("*/tree/**/lantern.py"))


def test_packages_of_the_interpreter_itself_stay_hidden(home: Path, tmp_path: Path) -> None:
    """The base sees its user's packages, not those that are installed in this machine's Python."""
    notebook = write_notebook(
        tmp_path / "own.ipynb",
        "import os, site, sys\n"
        "assert site.ENABLE_USER_SITE\n"
        "own = [p for p in sys.path if p.startswith('/opt/python') and 'site-packages' in p]\n"
        "assert own and not any(os.listdir(p) for p in own), own",
    )
    answer = kagura("run", notebook, "--base", ERA, home=home, folder=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
