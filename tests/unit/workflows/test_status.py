"""The last run of a folder, its drift, and what `kagura status` and `kagura keep` make of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kagura.errors import UsageError
from kagura.model.drift import Drift, DriftFiles, DriftPackage
from kagura.model.lock import Lock, LockedBase, LockedPackage
from kagura.model.serial import as_json
from kagura.project.lockfile import write_lock
from kagura.store.objects import Store
from kagura.workflows.drifting import describe
from kagura.workflows.keep import chosen_packages
from kagura.workflows.last_run import last_run
from kagura.workflows.status import status

RICH = DriftPackage(name="rich-argparse", change="added", version="1.7.1", cell=2, asked=True)
ALONG = DriftPackage(name="rich", change="added", version="13.9", cell=2)
SIX = DriftPackage(name="six", change="changed", version="1.15", was="1.16", cell=5)
GONE = DriftPackage(name="seaborn", change="removed", was="0.12")
TREE = DriftPackage(name="tree", change="added", version="2", installer="apt")


def _report(
    folder: Path, *, name: str = "report.json", started: str = "2026-01-01", **more: Any
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    report = {
        "status": "ok",
        "notebook": "/x/train.ipynb",
        "started": started,
        "seconds": 2.5,
        "failure": None,
        **more,
    }
    (folder / name).write_text(json.dumps(report))


def _drifted(folder: Path, *packages: DriftPackage) -> None:
    drift = Drift(packages=packages, files=DriftFiles(count=1, size=2, examples=("/usr/x",)))
    _report(folder / "runs" / "train" / "20260101-000000", drift=json.loads(as_json(drift)))


def test_the_newest_run_of_all_notebooks_is_the_last_one(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    _report(runs / "a" / "20260101-000000", started="2026-01-01")
    _report(runs / "b" / "20260102-000000", started="2026-01-02")
    _report(runs / "b" / "20260102-000000-10", started="2026-01-02T01")
    _report(runs / "b" / "20260102-000000-9", started="2026-01-02T00")
    found = last_run(tmp_path)
    assert found is not None
    assert found.folder.endswith("b/20260102-000000-10")


def test_a_folder_without_a_report_of_ours_is_passed_by(tmp_path: Path) -> None:
    good = tmp_path / "runs" / "a" / "20260101-000000"
    _report(good)
    for number, text in enumerate(["", "[]", "{}", '{"failure": 1}', "[" * 100_000]):
        bad = tmp_path / "runs" / "a" / f"2027010{number}-000000"
        bad.mkdir()
        (bad / "report.json").write_text(text)
    found = last_run(tmp_path)
    assert found is not None
    assert found.folder == str(good)


def test_the_runs_own_report_is_read_where_the_notebook_left_one_too(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a" / "20260101-000000"
    _report(folder, status="forged")
    _report(
        folder, name="report.kagura.json", status="failed", failure={"name": "E", "message": "m\nn"}
    )
    found = last_run(tmp_path)
    assert found is not None
    assert (found.status, found.error) == ("failed", "E: m")


def test_a_report_that_the_notebook_forged_before_is_not_the_runs(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a" / "20260101-000000"
    _report(folder, name="report.kagura.json", status="forged")
    _report(folder, status="ok")
    found = last_run(tmp_path)
    assert found is not None
    assert found.status == "ok"


def test_drift_is_read_as_it_was_written(tmp_path: Path) -> None:
    _drifted(tmp_path, RICH, SIX, GONE, TREE)
    found = last_run(tmp_path)
    assert found is not None
    assert found.drift.packages == (RICH, SIX, GONE, TREE)
    assert found.drift.files.examples == ("/usr/x",)


def test_what_was_asked_for_is_named_and_what_came_along_is_counted() -> None:
    assert describe((ALONG, RICH, SIX, GONE)) == (
        "installed rich-argparse 1.7.1 and 1 more (cell 2); changed six 1.16 → 1.15 (cell 5); "
        "removed seaborn 0.12"
    )


def test_a_folder_without_anything_has_a_status(tmp_path: Path) -> None:
    found = status(tmp_path, store=Store(tmp_path / "store"))
    assert (found.project, found.last_run) == (None, None)
    with pytest.raises(UsageError, match="not a folder"):
        status(tmp_path / "absent", store=Store(tmp_path / "store"))


def test_the_status_of_a_project_tells_its_packages(tmp_path: Path) -> None:
    (tmp_path / "kagura.toml").write_text(
        '[project]\nbase = "2025-07"\nrequirements = ["optuna", "numpy"]\n'
    )
    base = LockedBase(
        era="2025-07-01", python="3.11", reason="r", digest="sha256:0", packages=("numpy==1.26.4",)
    )
    packages = (
        LockedPackage(name="alembic", version="1.16", change="added", needed_by=("optuna",)),
        LockedPackage(name="optuna", version="4.4.0", change="added", direct=True),
        LockedPackage(name="seaborn", change="removed", was="0.12"),
    )
    write_lock(tmp_path, Lock(requirements=("numpy", "optuna"), base=base, packages=packages))
    (tmp_path / "deep").mkdir()
    project = status(tmp_path / "deep", store=Store(tmp_path / "store")).project
    assert project is not None
    assert project.direct == ("numpy==1.26.4", "optuna==4.4.0")
    assert (project.needed, project.removed) == (1, ("seaborn",))


def test_keep_takes_names_in_any_spelling_and_each_once(tmp_path: Path) -> None:
    _drifted(tmp_path, RICH, ALONG, TREE)
    assert chosen_packages(
        ("Rich_Argparse", "rich.argparse"),
        everything=False,
        here=tmp_path,
        store=Store(tmp_path / "store"),
    ) == (RICH,)
    assert chosen_packages((), everything=True, here=tmp_path, store=Store(tmp_path / "store")) == (
        RICH,
        ALONG,
    )


def test_keep_says_what_it_cannot_keep(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run was found"):
        chosen_packages(("x",), everything=False, here=tmp_path, store=Store(tmp_path / "store"))
    _drifted(tmp_path, TREE)
    with pytest.raises(UsageError, match="package of the system"):
        chosen_packages(("tree",), everything=False, here=tmp_path, store=Store(tmp_path / "store"))
    with pytest.raises(UsageError, match="no package optuna"):
        chosen_packages(
            ("optuna",), everything=False, here=tmp_path, store=Store(tmp_path / "store")
        )
    with pytest.raises(UsageError, match="nothing to keep"):
        chosen_packages((), everything=True, here=tmp_path, store=Store(tmp_path / "store"))
