"""The three levels hold: whatever a notebook does to its environment, base and layer stay whole."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from commands import ERA, kagura, write_notebook

# A notebook with a layer over the base, and what it does to both.
LAYER = "haversine"
ATTACKS = {
    "uninstall": "!pip uninstall -y -q numpy haversine",
    "remove": "import sys, subprocess\nsubprocess.run(['rm', '-rf', sys.prefix])",
    "upgrade": "!pip install -q --no-input --upgrade six packaging python-dateutil",
    "write": (
        "import numpy, haversine, pathlib\n"
        "for package in (numpy, haversine):\n"
        "    path = pathlib.Path(package.__file__)\n"
        "    path.write_text('raise ImportError')\n"
        "    (path.parent / 'stranger.py').write_text('1')\n"
        "    path.chmod(0)"
    ),
    "move": (
        "import os, numpy\n"
        "folder = os.path.dirname(numpy.__file__)\n"
        "os.rename(folder + '/core', folder + '/hidden')"
    ),
    "truncate": (
        "import sys, os\n"
        "for where, _, files in os.walk(sys.prefix + '/bin'):\n"
        "    for name in files:\n"
        "        if not name.startswith('python'):\n"
        "            open(os.path.join(where, name), 'w').close()"
    ),
}


@pytest.fixture(scope="module")
def built(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store with the base of the era, and the layer."""
    folder = tmp_path_factory.mktemp("build")
    notebook = write_notebook(folder / "n.ipynb", f"import {LAYER}")
    answer = kagura("run", notebook, "--base", ERA, home=home, folder=folder)
    assert answer.returncode == 0, answer.stderr
    return home


def state(home: Path) -> dict[str, str]:
    """Every file of every base and layer, by its bytes, its mode and what it links to."""
    found = {}
    for kind in ("bases", "layers"):
        for where, _, files in os.walk(home / kind):
            for name in files:
                path = os.path.join(where, name)
                status = os.lstat(path)
                if os.path.islink(path):
                    found[path] = os.readlink(path)
                elif os.path.isfile(path):
                    with open(path, "rb") as file:
                        digest = hashlib.file_digest(file, "sha1").hexdigest()
                    found[path] = f"{digest} {status.st_mode:o}"
    return found


@pytest.fixture(scope="module")
def before(built: Path) -> dict[str, str]:
    return state(built)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_run_that_ruins_its_environment_leaves_base_and_layer_whole(
    built: Path, before: dict[str, str], tmp_path: Path, attack: str
) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", f"import {LAYER}", ATTACKS[attack], "print(1)")
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode in (0, 1), answer.stderr
    assert "damaged" not in answer.stderr
    assert state(built) == before


def test_after_all_that_the_store_verifies_and_the_next_run_works(
    built: Path, before: dict[str, str], tmp_path: Path
) -> None:
    checked = kagura("doctor", "--verify", home=built, folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert "layer    haversine" in checked.stdout
    assert f"base     {ERA}" in checked.stdout
    text = f"import numpy, {LAYER}; print(numpy.zeros(1))"
    notebook = write_notebook(tmp_path / "n.ipynb", text)
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_a_damaged_layer_is_named_and_the_next_run_builds_it_again(
    built: Path, tmp_path: Path
) -> None:
    (module,) = (built / "layers").glob("*/tree/lib/python3*/site-packages/haversine/__init__.py")
    text = module.read_text()
    status = module.stat()
    module.unlink()  # it may be a hard link: it must not be changed in place
    module.write_text(text.replace("import", "impart", 1))
    os.utime(module, ns=(status.st_atime_ns, status.st_mtime_ns))
    checked = kagura("doctor", "--verify", home=built, folder=tmp_path)
    assert checked.returncode == 3
    assert "haversine/__init__.py was changed" in checked.stdout
    notebook = write_notebook(tmp_path / "n.ipynb", f"import {LAYER}; print({LAYER}.haversine)")
    answer = kagura("run", notebook, "--base", ERA, home=built, folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert module.read_text() == text
    checked = kagura("doctor", "--verify", home=built, folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
