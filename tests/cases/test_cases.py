"""Case notebooks, run for real and twice: in their era, where they pass, and on today's packages.

A case is a folder: a notebook, its data (``input/``), and ``case.toml``: what the run in its era
must be like, and the error that the same notebook must end with in the newest era.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import nbformat
import pytest

from kagura.model.era import EraChoice

HERE = Path(__file__).parent
RUN_SECONDS = 1500  # a run may have to build its base first
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A folder of cases and what its ``case.toml`` says."""

    folder: Path
    facts: dict[str, Any]

    @property
    def era(self) -> dict[str, Any]:
        found: dict[str, Any] = self.facts["era"]
        return found

    @property
    def today(self) -> dict[str, Any]:
        found: dict[str, Any] = self.facts["today"]
        return found

    @property
    def notebook(self) -> Path:
        return (self.folder / str(self.facts["notebook"])).resolve()

    @property
    def is_script(self) -> bool:
        return self.notebook.suffix == ".py"

    @property
    def inputs(self) -> list[str]:
        given = self.facts.get("inputs", {}).items()
        return [f"--input={name}={(self.folder / path).resolve()}" for name, path in given]

    @property
    def parameters(self) -> list[str]:
        return [f"-P{name}={value}" for name, value in self.facts.get("parameters", {}).items()]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished ``kagura run``: its report, the run's folder, and what it said on stderr."""

    report: dict[str, Any]
    folder: Path
    status: int
    said: str

    @property
    def document(self) -> Any:
        return nbformat.read(self.folder / "__notebook__.ipynb", as_version=4)

    @property
    def log(self) -> list[dict[str, Any]]:
        (path,) = self.folder.glob("*.log")
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return entries

    def versions(self) -> dict[str, str]:
        layer = self.report["layer"] or {"added": [], "changed": []}
        packages = [*self.report["base"]["packages"], *layer["added"], *layer["changed"]]
        return {package["name"]: package["version"] for package in packages}

    def texts(self) -> str:
        """All that the cells showed and printed."""
        shown = ["".join(entry["data"] for entry in self.log)]
        if (self.folder / "__notebook__.ipynb").exists():
            for cell in self.document.cells:
                for output in cell.get("outputs", []):
                    shown += output.get("data", {}).values()
                    shown += [output.get("text", ""), "\n".join(output.get("traceback", []))]
        return COLOURS.sub("", "\n".join(str(text) for text in shown))


def all_cases() -> list[Case]:
    paths = sorted(HERE.glob("*/case.toml"))
    return [Case(folder=path.parent, facts=tomllib.loads(path.read_text())) for path in paths]


each_case = pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.folder.name)


def kagura_run(case: Case, *options: str, home: Path, folder: Path) -> Run:
    command = [sys.executable, "-m", "kagura", "run", str(case.notebook), "--format=json"]
    command += [f"--output={folder}", *case.inputs, *case.parameters, *options]
    done = subprocess.run(
        command,
        env=os.environ | {"KAGURA_HOME": str(home)},
        cwd=folder.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report == json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Run(report=report, folder=folder, status=done.returncode, said=done.stderr)


def test_the_cases_cover_every_python_of_kaggle_and_every_kind_of_date_evidence() -> None:
    told = [case.era for case in all_cases()]
    assert {era["python"] for era in told} == {"3.6", "3.7", "3.10", "3.11", "3.12"}
    assert {era["source"] for era in told} == set(get_args(get_type_hints(EraChoice)["source"]))


@each_case
def test_a_case_does_in_its_era_what_it_did_then(case: Case, home: Path, tmp_path: Path) -> None:
    options = case.facts.get("options", [])
    run = kagura_run(case, *options, home=home, folder=tmp_path / "out")
    base = run.report["base"]
    assert (base["era"], base["wanted_python"]) == (case.era["date"], case.era["python"])
    assert run.report["evidence"]["source"] == case.era["source"]
    assert_artefacts(run, case)
    told = "\n".join(run.report["warnings"])
    if not base["python"].startswith(f"{base['wanted_python']}."):
        # Without the era's own interpreter nothing can be promised but that the user is told so.
        assert f"Python {base['wanted_python']} is not here" in told
        assert f"Python {base['python']} instead" in told
        assert f"Python {base['wanted_python']} is not here" in unwrapped(run.said)
        return
    assert "is not here" not in told
    for warning in case.era.get("warnings", []):
        assert warning in told
    assert run.report["limits"]["internet"] is case.era.get("internet", True)
    if "failure" in case.era:
        assert_failed_as_told(run, case.era["failure"])
    else:
        assert run.report["failure"] is None, run.report["failure"]
        assert (run.report["status"], run.status) == ("ok", 0)
        assert {cell["status"] for cell in run.report["cells"]} == {"ok"}
    assert_packages(run, case)
    texts = run.texts()
    for fragment in case.era.get("texts", []):
        assert fragment in texts
    left = {output["path"] for output in run.report["outputs"]}
    assert {path for path in left if "__pycache__" not in path} == set(case.era["outputs"])
    for path, fragment in case.era.get("contents", {}).items():
        assert fragment in (run.folder / path).read_text(encoding="utf-8")
    images = list((run.folder / "__results___files").glob("*.png"))
    assert len(images) >= case.era.get("images", 0)


@each_case
def test_a_case_fails_on_todays_packages(case: Case, home: Path, tmp_path: Path) -> None:
    today = f"--base={datetime.now(UTC).date()}"
    extra = [f"--with={requirement}" for requirement in case.today.get("with", [])]
    run = kagura_run(case, today, *extra, home=home, folder=tmp_path / "out")
    assert run.report["evidence"]["source"] == "option"
    assert_artefacts(run, case)
    assert_failed_as_told(run, case.today)


def assert_failed_as_told(run: Run, expected: dict[str, Any]) -> None:
    """The report names the cell and the error; what came after it was not run."""
    failure = run.report["failure"]
    assert (run.report["status"], run.status) == ("failed", 1)
    assert failure is not None
    assert failure["kind"] == "error"
    assert failure["name"] == expected["name"], failure
    assert expected["text"] in f"{failure['message']}\n{failure['traceback']}"
    assert "\x1b" not in failure["traceback"]
    statuses = [cell["status"] for cell in run.report["cells"]]
    place = statuses.index("error")
    assert set(statuses[:place]) <= {"ok"}
    assert set(statuses[place + 1 :]) <= {"unrun"}
    assert failure["cell"] == run.report["cells"][place]["index"]
    if "number" in expected:
        assert place + 1 == expected["number"]


def assert_artefacts(run: Run, case: Case) -> None:
    """What Kaggle leaves of every run, whatever came of it."""
    assert (run.folder / "__results__.html").stat().st_size > 0
    for entry in run.log:
        assert entry.keys() == {"stream_name", "time", "data"}
        assert entry["stream_name"] in ("stdout", "stderr")
    if case.is_script:
        assert (run.folder / "__script__.py").read_text() == case.notebook.read_text()
        return
    nbformat.validate(run.document)
    kernel = run.document.metadata.kernelspec
    assert kernel.language == "python"


def assert_packages(run: Run, case: Case) -> None:
    """Versions of the era, to the digits that the case names; and its layer."""
    versions = run.versions()
    for name, version in case.era.get("packages", {}).items():
        assert f"{versions.get(name)}.".startswith(f"{version}."), (name, versions.get(name))
    layer = run.report["layer"]
    assert sorted(layer["requirements"] if layer else []) == sorted(case.era.get("layer", []))
    assert not layer or not layer["left_out"]


def unwrapped(text: str) -> str:
    return " ".join(text.split())
