"""A project's packages, for real: resolved from the index, locked, built, seen inside."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kagura.project.lockfile import read_lock, write_lock
from kagura.store.objects import Store

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import ERA, kagura, write_notebook

# Small, and of the Python that the tests themselves run on: it is on this machine.
PLAIN = f"python={sys.version_info[0]}.{sys.version_info[1]}"


def made(folder: Path, home: Path, *options: str) -> Path:
    answer = kagura("init", *options, home=home, folder=folder)
    assert answer.returncode == 0, answer.stderr
    return folder


def done(*arguments: str | Path, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    answer = kagura(*arguments, home=home, folder=folder)
    assert answer.returncode == 0, answer.stderr
    return answer


def seen(folder: Path, home: Path, script: str) -> str:
    """What a script prints inside the project's environment."""
    (folder / "look.py").write_text(script)
    answer = done("run", "look.py", "--output", "out", "-q", home=home, folder=folder)
    text = "".join(item["data"] for item in json.loads((folder / "out" / "look.log").read_text()))
    subprocess.run(["rm", "-r", folder / "out"], check=True)
    assert answer.returncode == 0
    return text


def test_added_packages_are_there_and_told_and_go_again(home: Path, tmp_path: Path) -> None:
    project = made(tmp_path, home, "--base", PLAIN)
    answer = done("add", "rich-argparse", "six>=1.16", home=home, folder=project)
    assert "+rich-argparse " in answer.stderr
    assert "layer    sha256:" in answer.stderr
    look = "import rich_argparse, six, os; print(rich_argparse.__file__)"
    assert seen(project, home, look).startswith("/usr/local/lib/python3")
    tree = json.loads(done("tree", "--format", "json", home=home, folder=project).stdout)
    assert [node["name"] for node in tree] == ["rich-argparse", "six"]
    why = done("why", "markdown-it-py", home=home, folder=project).stdout
    assert "rich-argparse → rich → markdown-it-py" in why
    done("remove", "rich-argparse", home=home, folder=project)
    look = "import importlib.util as u; print(u.find_spec('rich'), u.find_spec('six') is not None)"
    assert seen(project, home, look) == "None True\n"
    assert (project / "kagura.toml").read_text().endswith('requirements = [\n    "six>=1.16",\n]\n')
    lock = (project / "kagura.lock").read_text()
    assert "rich" not in lock
    assert "hashes = [" in lock


def test_two_projects_with_the_same_lock_share_their_layer(home: Path, tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        project = made(tmp_path / name, home, "--base", PLAIN)
        done("add", "six", home=home, folder=project)
        told = json.loads(done("sync", "--format", "json", home=home, folder=project).stdout)
        assert told["was_ready"]
        digests.add(told["layer"])
    assert len(digests) == 1


def test_a_changed_package_of_the_base_is_replaced_whole(home: Path, tmp_path: Path) -> None:
    project = made(tmp_path, home, "--base", ERA)
    refused = kagura("add", "xlrd<2", "--no-change", home=home, folder=project)
    assert refused.returncode == 2
    assert "xlrd<2: not without a change of the base, which has xlrd 2" in refused.stderr
    assert not (project / "kagura.lock").exists()
    answer = done("add", "xlrd<2", home=home, folder=project)
    assert "xlrd 1.2.0 replaces the base's 2.0.1; no package of the base requires" in answer.stderr
    look = (
        "import xlrd, importlib.metadata as m\n"
        "print(xlrd.__version__, [d.version for d in m.distributions() if d.name == 'xlrd'])"
    )
    assert seen(project, home, look) == "1.2.0 ['1.2.0']\n"


def test_what_would_break_in_the_base_is_resolved_along(home: Path, tmp_path: Path) -> None:
    project = made(tmp_path, home, "--base", ERA)
    told = done("add", "scipy<1.8", "--dry-run", "--format", "json", home=home, folder=project)
    answer = json.loads(told.stdout)
    changed = {item["name"] for item in answer["packages"] if item["change"] == "changed"}
    assert {"scipy", "scikit-image"} <= changed
    assert all(item["unmet"] == [] for item in answer["conflicts"])
    assert not (project / "kagura.lock").exists()


def test_a_package_of_the_base_can_be_taken_out_and_brought_back(
    home: Path, tmp_path: Path
) -> None:
    project = made(tmp_path, home, "--base", ERA)
    done("lock", home=home, folder=project)
    answer = done("remove", "seaborn", "xlrd", home=home, folder=project)
    assert "seaborn" in answer.stderr
    assert "missingno requires seaborn" in answer.stderr
    assert "xlrd 2.0.1 of the base is taken out; no package of the base requires it" in (
        answer.stderr
    )
    look = "import importlib.util as u; print([u.find_spec(n) for n in ('xlrd', 'seaborn')])"
    assert seen(project, home, look) == "[None, None]\n"
    done("add", "xlrd", home=home, folder=project)
    look = "import xlrd, importlib.util as u; print(xlrd.__version__, u.find_spec('seaborn'))"
    assert seen(project, home, look) == "2.0.1 None\n"


def test_what_a_notebook_imports_beyond_the_project_comes_on_top(
    home: Path, tmp_path: Path
) -> None:
    project = made(tmp_path, home, "--base", ERA)
    done("add", "xlrd<2", home=home, folder=project)
    look = "import xlrd, termcolor; print(xlrd.__version__, termcolor.colored('x', 'red') != 'x')"
    assert seen(project, home, look).startswith("1.2.0 ")
    assert "termcolor" not in (project / "kagura.lock").read_text()


def test_a_package_without_a_wheel_is_built_from_its_locked_source(
    home: Path, tmp_path: Path
) -> None:
    project = made(tmp_path, home, "--base", ERA)
    done("add", "docopt==0.6.2", home=home, folder=project)
    assert seen(project, home, "import docopt; print(docopt.__version__)") == "0.6.2\n"


def test_a_file_that_is_not_the_locked_one_is_refused(home: Path, tmp_path: Path) -> None:
    project = made(tmp_path, home, "--base", PLAIN)
    done("add", "six==1.16.0", home=home, folder=project)
    lock = read_lock(project)
    (six,) = lock.packages
    write_lock(project, replace(lock, packages=(replace(six, hashes=(f"sha256:{'0' * 64}",)),)))
    answer = kagura("sync", "--frozen", home=home, folder=project)
    assert answer.returncode == 3
    assert "six==1.16.0: the package index has another file than the one" in answer.stderr


def test_own_code_is_imported_from_the_project_without_a_layer(home: Path, tmp_path: Path) -> None:
    project = made(tmp_path, home, "--base", PLAIN)
    (project / "src" / "mine").mkdir(parents=True)
    (project / "src" / "mine" / "__init__.py").write_text("word = 'first'\n")
    text = (project / "kagura.toml").read_text()
    (project / "kagura.toml").write_text(text + 'paths = ["src"]\n')
    look = "import mine; print(mine.word, mine.__file__)"
    assert seen(project, home, look) == "first /opt/project/src/mine/__init__.py\n"
    (project / "src" / "mine" / "__init__.py").write_text("word = 'second'\n")
    assert seen(project, home, look).startswith("second ")


def test_requirements_txt_stands_in_and_is_edited(home: Path, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# ours\nsix  # small\n")
    project = made(tmp_path, home, "--base", PLAIN)
    done("add", "docopt==0.6.2", home=home, folder=project)
    assert (project / "requirements.txt").read_text() == "# ours\nsix  # small\ndocopt==0.6.2\n"
    assert "requirements" not in (project / "kagura.toml").read_text()
    done("lock", "--check", home=home, folder=project)
    done("remove", "docopt", home=home, folder=project)
    assert (project / "requirements.txt").read_text() == "# ours\nsix  # small\n"


VANDALS = {
    "uninstalls": "!pip uninstall -y -q numpy six\nimport importlib.util as u\n"
    "assert u.find_spec('six') is None",
    "removes the prefix": "!rm -rf /usr/local/lib/python3* /opt/conda/lib/python3* 2>/dev/null\n"
    "import os; assert not os.path.exists(os.__file__) or True",
    "upgrades the core": "!pip install -q -U six ipykernel\nprint('upgraded')",
    "writes into packages": "import six; open(six.__file__, 'w').write('broken = 1')\n"
    "open(six.__file__.replace('six.py', 'new.py'), 'w').write('1')",
}


@pytest.mark.parametrize("cell", VANDALS.values(), ids=VANDALS.keys())
def test_no_notebook_changes_the_base_or_the_layer(home: Path, tmp_path: Path, cell: str) -> None:
    project = made(tmp_path, home, "--base", PLAIN)
    done("add", "six", home=home, folder=project)
    told = json.loads(done("sync", "--format", "json", home=home, folder=project).stdout)
    store = Store(home)
    base, layer = store.find("bases", told["base"]), store.find("layers", told["layer"])
    assert base is not None
    assert layer is not None
    before = content(base.tree), content(layer.tree)
    notebook = write_notebook(project / "vandal.ipynb", cell)
    answer = kagura("run", notebook, "-q", home=home, folder=project)
    assert answer.returncode in (0, 1), answer.stderr
    assert store.is_whole(base)
    assert store.is_whole(layer)
    assert (content(base.tree), content(layer.tree)) == before
    assert "1" in seen(project, home, "import six; print(six.__version__)")


def content(tree: Path) -> str:
    """A digest of every file's path and bytes."""
    script = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    answer = subprocess.run(
        ["/bin/sh", "-c", script], cwd=tree, check=True, capture_output=True, text=True
    )
    return answer.stdout
