"""How the inside reaches the network as the host does: certificates, proxies, package indexes."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from kagura.model.sandbox import Bind, Mount
from kagura.system.host import CERTIFICATE_VARIABLES, certificates

__all__ = ["CERTIFICATES", "NetworkSettings", "network_settings"]

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PIP_OPTIONS = ("index-url", "extra-index-url", "trusted-host", "timeout", "retries")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """What the inside needs to reach the network: mounts, variables and a ``pip.conf``.

    Nothing here holds a user name or a password: a URL is handed on without them.
    ``indexes`` are the package indexes for uv, the first one being the main one.
    """

    mounts: tuple[Mount, ...]
    environment: Mapping[str, str]
    pip_options: Mapping[str, str]

    def pip_configuration(self) -> str:
        """The content of ``/etc/pip.conf``."""
        lines = [f"{name} = {value}" for name, value in sorted(self.pip_options.items())]
        lines += ["disable-pip-version-check = true", "root-user-action = ignore"]
        return "\n".join(["[global]", *lines, ""])

    def uv_environment(self) -> dict[str, str]:
        """The same indexes, as uv's variables."""
        names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX"}
        return {
            variable: self.pip_options[option]
            for option, variable in names.items()
            if option in self.pip_options
        }


def network_settings() -> NetworkSettings:
    """What this machine's user has set for pip, uv and everything else."""
    mounts: list[Mount] = []
    environment: dict[str, str] = {}
    bundle = certificates()
    if bundle:
        mounts.append(Bind(source=os.fspath(bundle.resolve()), target=CERTIFICATES))
        environment |= dict.fromkeys(CERTIFICATE_VARIABLES, CERTIFICATES)
    for name in PROXIES:
        for spelling in (name, name.lower()):
            if os.environ.get(spelling):
                environment[spelling] = without_credentials(os.environ[spelling])
    return NetworkSettings(
        mounts=tuple(mounts), environment=environment, pip_options=pip_options(os.environ)
    )


def pip_options(environment: Mapping[str, str]) -> dict[str, str]:
    """The index settings of pip (files, then ``PIP_*``) and of uv (``UV_*``) on this machine.

    Indexes that are folders of the host are left out: they are not there inside.
    """
    found: dict[str, str] = {}
    for path in _pip_files(environment):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found |= dict(parser.items(section))
    for name in PIP_OPTIONS:
        value = environment.get(f"PIP_{name.upper().replace('-', '_')}")
        if value:
            found[name] = value
    uv_main = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL")
    uv_more = environment.get("UV_INDEX") or environment.get("UV_EXTRA_INDEX_URL")
    found |= {"index-url": uv_main} if uv_main else {}
    found |= {"extra-index-url": uv_more} if uv_more else {}
    cleaned = {name: _remote_only(name, found[name]) for name in PIP_OPTIONS if name in found}
    return {name: value for name, value in cleaned.items() if value}


def without_credentials(url: str) -> str:
    """A URL (or ``name=URL``) without the user name and password in it."""
    name, separator, rest = url.partition("=") if re.match(r"[\w-]+=", url) else ("", "", url)
    parts = urlsplit(rest)
    if "@" not in parts.netloc:
        return url
    return name + separator + urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _remote_only(name: str, value: str) -> str:
    if not name.endswith("index-url"):
        return " ".join(value.split())
    return " ".join(
        without_credentials(url)
        for url in value.split()
        if not url.partition("=")[2].startswith("file:") and not url.startswith(("file:", "/", "."))
    )


def _pip_files(environment: Mapping[str, str]) -> list[Path]:
    # https://pip.pypa.io/en/stable/topics/configuration/ : global, user, then PIP_CONFIG_FILE
    home = Path(environment.get("HOME") or "/")
    settings = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    files = [
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        settings / "pip" / "pip.conf",
    ]
    chosen = environment.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    return [*files, Path(chosen)] if chosen else files
