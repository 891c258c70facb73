"""What of the host's network settings reaches the inside: indexes and proxies, no credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from kagura.env.network import NetworkSettings, pip_options, without_credentials


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("https://index.example/simple", "https://index.example/simple"),
        ("https://me:secret@index.example:8080/simple", "https://index.example:8080/simple"),
        ("http://me@proxy.example", "http://proxy.example"),
        ("corp=https://me:secret@index.example/simple", "corp=https://index.example/simple"),
        ("localhost,.example", "localhost,.example"),
    ],
)
def test_a_url_loses_its_user_and_password(url: str, cleaned: str) -> None:
    assert without_credentials(url) == cleaned


def settings_of(folder: Path, text: str, **environment: str) -> dict[str, str]:
    (folder / ".config" / "pip").mkdir(parents=True)
    (folder / ".config" / "pip" / "pip.conf").write_text(text)
    return pip_options({"HOME": str(folder), **environment})


def test_the_users_index_is_found_in_pips_file(tmp_path: Path) -> None:
    found = settings_of(tmp_path, "[global]\nindex-url = https://u:p@mirror.example/simple\n")
    assert found["index-url"] == "https://mirror.example/simple"


def test_an_index_in_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    text = "[global]\nindex-url = https://mirror.example/simple\n"
    found = settings_of(tmp_path, text, PIP_INDEX_URL="https://other.example/simple")
    assert found["index-url"] == "https://other.example/simple"


def test_an_index_of_uv_counts_too(tmp_path: Path) -> None:
    found = settings_of(tmp_path, "", UV_DEFAULT_INDEX="https://mirror.example/simple")
    assert found["index-url"] == "https://mirror.example/simple"


def test_folders_of_the_host_are_no_index_inside(tmp_path: Path) -> None:
    text = "[global]\nextra-index-url = file:///opt/x/simple https://a.example/simple /opt/y\n"
    assert settings_of(tmp_path, text)["extra-index-url"] == "https://a.example/simple"


def test_a_broken_file_is_passed_over(tmp_path: Path) -> None:
    assert "index-url" not in settings_of(tmp_path, "index-url = no section\n")


def test_the_configuration_inside_names_the_index() -> None:
    settings = NetworkSettings(
        mounts=(), environment={}, pip_options={"index-url": "https://mirror.example/simple"}
    )
    lines = settings.pip_configuration().splitlines()
    assert lines[0] == "[global]"
    assert "index-url = https://mirror.example/simple" in lines
    assert settings.uv_environment() == {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}
