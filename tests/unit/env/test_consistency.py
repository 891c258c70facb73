"""What packages ask of each other, read from their metadata."""

from __future__ import annotations

from pathlib import Path

from kagura.env.consistency import Wish, unmet, wishes
from kagura.model.base import Python

PYTHON = Python(executable="/p", prefix="/", version="3.10.13")


def installed(tree: Path, name: str, *requires: str) -> None:
    folder = tree / "lib" / "python3.10" / "site-packages" / f"{name}-1.dist-info"
    folder.mkdir(parents=True)
    lines = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\n{lines}\nRequires-Dist: of-the-description\n"
    )


def test_what_a_tree_requires_is_read_for_its_own_python(tmp_path: Path) -> None:
    installed(
        tmp_path,
        "Pan_das",
        "NumPy (>=1.20)",
        "tzdata; python_version < '3.9'",
        "pytz ; python_version >= '3.9'",
        "pytest>=7; extra == 'test'",
        "no requirement at all",
    )
    assert wishes(tmp_path, python=PYTHON) == (
        Wish(by="pan-das", name="numpy", specifier=">=1.20"),
        Wish(by="pan-das", name="pytz", specifier=""),
    )
    assert wishes(tmp_path, python=PYTHON, but_not={"pan-das"}) == ()


def test_a_wish_is_met_by_a_version_and_never_by_nothing() -> None:
    numpy = Wish(by="pandas", name="numpy", specifier="<2,>=1.20")
    assert str(numpy) == "pandas requires numpy<2,>=1.20"
    assert unmet([numpy], {"numpy": "1.26.4"}) == ()
    assert unmet([numpy], {"numpy": "1.27rc1"}) == ()
    assert unmet([numpy], {"numpy": "2.0"}) == (numpy,)
    assert unmet([numpy], {}) == (numpy,)
