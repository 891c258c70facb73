"""What a cell installs by itself: ``pip``, ``uv pip``, ``apt`` and ``conda`` commands."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from itertools import dropwhile
from typing import Literal

from kagura.model.needs import InstallUse
from kagura.notebook.literals import Names, text_of
from kagura.notebook.shell import commands
from kagura.notebook.source import CellSource

__all__ = ["installs"]

Tool = Literal["pip", "uv", "apt", "conda"]
Verb = Literal["install", "uninstall", "other"]

PYTHON = re.compile(r"(?:\S*/)?(?:python|pypy)[\d.]*\Z|\$?\{.*\}\Z|\$[\w.]+\Z")
PIP = re.compile(r"(?:\S*/)?pip[\d.]*\Z")
SYSTEM = {"apt", "apt-get", "aptitude", "dpkg"}
CONDA = {"conda", "mamba", "micromamba"}
VERBS: dict[str, Verb] = {
    "install": "install", "-i": "install", "--install": "install", "reinstall": "install",
    "uninstall": "uninstall", "remove": "uninstall", "purge": "uninstall", "-r": "uninstall",
    "autoremove": "uninstall", "download": "other", "wheel": "other", "sync": "other",
    "update": "other", "upgrade": "other", "dist-upgrade": "other", "full-upgrade": "other",
    "build-dep": "other",
}  # fmt: skip

# Options whose value is the next word, by tool; a value may also follow a long one's "=".
PIP_VALUES = {
    "-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "--override",
    "-i", "--index-url", "--extra-index-url", "--index", "--default-index", "--index-strategy",
    "-f", "--find-links", "-t", "--target", "--prefix", "--root", "-d", "--dest", "--src",
    "-p", "--python", "--python-version", "--platform", "--python-platform", "--implementation",
    "--abi", "--no-binary", "--only-binary", "--timeout", "--retries", "--progress-bar", "--proxy",
    "--trusted-host", "--cache-dir", "--log", "--cert", "--report", "-C", "--config-settings",
    "--global-option", "--install-option", "--upgrade-strategy", "--use-feature",
    "--use-deprecated", "--exists-action", "--root-user-action", "--exclude-newer", "--link-mode",
    "--prerelease", "--resolution", "--torch-backend", "-w", "--wheel-dir",
}  # fmt: skip
VALUES: dict[Tool, set[str]] = {
    "pip": PIP_VALUES,
    "uv": PIP_VALUES,
    "apt": {"-o", "-t", "-c", "--option", "--target-release", "--config-file"},
    "conda": {"-c", "--channel", "-n", "--name", "-p", "--prefix", "--file"},
}
LINKS = ("-f", "--find-links")

STARTERS = {
    "system", "popen", "getoutput", "getstatusoutput", "run", "call", "check_call", "check_output",
    "Popen", "run_line_magic", "run_cell_magic", "main",
}  # fmt: skip


def installs(source: CellSource, names: Names, *, cell: int) -> Iterator[InstallUse]:
    """Yield each command of a cell that installs or removes packages, or fetches some."""
    for line in source.shell:
        for words in commands(line):
            yield from _use(words, cell)
    if source.tree is not None and source.writes is None:
        for line in _started(source.tree, names):
            for words in commands(line):
                yield from _use(words, cell)


def _use(words: list[str], cell: int) -> Iterator[InstallUse]:
    if words[0] in ("system", "sx"):  # the line magics
        words = words[1:]
    # `python -m pip` and `{sys.executable} -m uv pip` are the same as without.
    if len(words) > 2 and PYTHON.match(words[0]) and "-m" in words[1:3]:
        words = words[words.index("-m") + 1 :]
    tool, arguments = _tool(words)
    if tool is None:
        return
    if words[0] != "dpkg":  # its verbs are options
        arguments = list(dropwhile(lambda word: word.startswith("-"), arguments))
    if not arguments or arguments[0] not in VERBS:
        return
    word, arguments = arguments[0], arguments[1:]
    verb = VERBS[word]
    requirements, links = _positional(arguments, VALUES[tool])
    yield InstallUse(
        tool=tool,
        verb=verb,
        arguments=(verb if word.startswith("-") else word, *arguments),
        requirements=requirements,
        find_links=links,
        no_index="--no-index" in arguments,
        cell=cell,
    )


def _tool(words: list[str]) -> tuple[Tool | None, list[str]]:
    match words:
        case ["uv", "pip", *arguments]:
            return "uv", arguments
        case [program, *arguments] if PIP.match(program):
            return "pip", arguments
        case [program, *arguments] if program in SYSTEM:
            return "apt", arguments
        case [program, *arguments] if program.rpartition("/")[2] in CONDA:
            return "conda", arguments
        case _:
            return None, []


def _positional(
    arguments: list[str], with_value: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The requirements among the arguments, and where ``--find-links`` points to."""
    requirements: list[str] = []
    links: list[str] = []
    option = ""
    for word in arguments:
        if option:
            if option in LINKS:
                links.append(word)
            option = ""
        elif word in with_value:
            option = word
        elif re.fullmatch(r"-[a-zA-Z]{2,4}", word) and f"-{word[-1]}" in with_value:
            option = f"-{word[-1]}"  # `-qr file`, `-Uf folder`
        elif word.startswith("--find-links="):
            links.append(word.partition("=")[2])
        elif word.startswith("-f") and "-f" in with_value:
            links.append(word[2:])
        elif word and not word.startswith("-"):
            requirements.append(word)
    return tuple(requirements), tuple(links)


def _started(tree: ast.Module, names: Names) -> Iterator[str]:
    """The commands that the code starts: os.system("…"), subprocess.run([…]), pip.main([…])."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in STARTERS:
            continue
        texts = [_line(argument, names) for argument in node.args]
        if name == "main":
            yield f"pip {texts[0]}" if isinstance(node.args[0], ast.List) else ""
        elif name == "run_line_magic" and len(texts) > 1:
            yield f"{texts[0]} {texts[1]}"
        else:
            yield texts[-1] if name == "run_cell_magic" else texts[0]


def _line(node: ast.expr, names: Names) -> str:
    """A command as one line, whether it is a string, a list of words, or ``"…".split()``."""
    match node:
        case ast.List(elts=words) | ast.Tuple(elts=words):
            return " ".join(_word(word, names) for word in words)
        case ast.Call(func=ast.Attribute(value=value, attr="split")):
            inner = node.args[0] if node.args else value
            return text_of(inner, names) or text_of(value, names) or ""
        case _:
            return text_of(node, names) or ""


def _word(node: ast.expr, names: Names) -> str:
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="executable"):
            return "python"
        case ast.Name(id=name):
            return names.get(name) or f"{{{name}}}"
        case ast.Starred(value=ast.Name(id=name)):
            return f"{{{name}}}"
        case _:
            found = text_of(node, names)
            return shlex.quote(found) if found and "{" not in found else found or "{}"
