from __future__ import annotations

import tomllib
from datetime import date

from packaging.requirements import Requirement

from kagura.env.metadata_mends import config_toml


def test_the_mends_are_a_uv_configuration() -> None:
    entries = tomllib.loads(config_toml())["dependency-metadata"]
    assert {entry["name"] for entry in entries} >= {"pandas", "xgboost"}
    for entry in entries:
        for line in entry["requires-dist"]:
            assert Requirement(line)


def test_old_pandas_asks_for_a_version_of_pytz_that_exists() -> None:
    entries = tomllib.loads(config_toml())["dependency-metadata"]
    versions = {entry["version"] for entry in entries if entry["name"] == "pandas"}
    assert {"0.19.2", "0.20.3", "0.22.0", "0.23.4", "0.24.2"} <= versions


def test_eras_older_than_their_build_tools_get_newer_ones() -> None:
    early = tomllib.loads(config_toml(date(2017, 3, 10)))
    assert early["exclude-newer-package"]["setuptools"].startswith("2019-")
    assert "exclude-newer-package" not in tomllib.loads(config_toml(date(2019, 6, 19)))
    assert "exclude-newer-package" not in tomllib.loads(config_toml())
