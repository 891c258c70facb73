"""What the documents say is so: commands, exit codes, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kagura.cli.main import COMMANDS
from kagura.errors import MachineError, ServiceError, UnsupportedError, UsageError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(COMMANDS) - {"completion"}
    assert {name for name in commands if f"kagura {name}" not in readme} == set()


def test_the_reference_tells_the_exit_codes_of_the_errors() -> None:
    table = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for error in (UsageError, MachineError, UnsupportedError, ServiceError):
        assert f"| {error.exit_code} |" in table


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_fits_on_its_page() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert [page.name for page in pages if len(page.read_text().splitlines()) > 25] == []
