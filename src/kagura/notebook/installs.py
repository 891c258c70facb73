"""What a cell installs by itself: ``pip``, ``uv pip``, ``apt`` and ``conda`` lines."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

from kagura.model.needs import InstallUse
from kagura.notebook.source import CellSource

__all__ = ["installs"]

WITH_VALUE = {
    "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url",
    "-f", "--find-links", "-t", "--target", "--prefix", "--root", "--timeout", "--progress-bar",
    "--python", "--trusted-host", "--no-binary", "--only-binary", "--cache-dir", "--src",
    "-o", "-n", "--channel",
}  # fmt: skip
PYTHON = re.compile(r"(python[\d.]*|\{sys\.executable\}|\$\{?\w*python\w*\}?)\Z", re.IGNORECASE)
PIP = re.compile(r"(?:.*/)?pip[\d.]*\Z")


def installs(source: CellSource, *, cell: int) -> Iterator[InstallUse]:
    """Yield each line of a cell that installs or removes packages."""
    for line in (*source.shell, *_started(source.tree)):
        for command in re.split(r"&&|;|\|\|", line):
            use = _command(_words(command), cell)
            if use:
                yield use


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


def _command(words: list[str], cell: int) -> InstallUse | None:
    while words and (words[0] in ("sudo", "!", "%") or re.match(r"\w+=\S*\Z", words[0])):
        words = words[1:]
    if len(words) > 3 and PYTHON.match(words[0]) and words[1:3] == ["-m", "pip"]:
        words = words[2:]
    if len(words) < 2:
        return None
    if words[:2] == ["uv", "pip"]:
        return _use("uv", words[2:], cell)
    if PIP.match(words[0]):
        return _use("pip", words[1:], cell)
    if words[0] in ("apt", "apt-get", "dpkg", "aptitude"):
        return _use("apt", ["install" if "-i" in words else word for word in words[1:]], cell)
    if words[0] in ("conda", "mamba"):
        return _use("conda", words[1:], cell)
    return None


def _use(tool: str, words: list[str], cell: int) -> InstallUse | None:
    verbs = [word for word in words if not word.startswith("-")]
    verb = verbs[0] if verbs else ""
    if verb not in ("install", "uninstall", "remove"):
        return None
    arguments = words[words.index(verb) + 1 :]
    requirements: list[str] = []
    links: list[str] = []
    before = ""
    for word in arguments:
        name, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if before in ("-f", "--find-links"):
            links.append(word)
        elif before not in WITH_VALUE and not word.startswith("-"):
            requirements.append(word)
        elif name == "--find-links" and value:
            links.append(value)
        before = "" if value else word
    return InstallUse(
        tool=tool,  # type: ignore[arg-type]
        verb="install" if verb == "install" else "uninstall",
        arguments=(verb, *arguments),
        requirements=tuple(requirements),
        find_links=tuple(links),
        no_index="--no-index" in arguments,
        cell=cell,
    )


def _started(tree: ast.Module | None) -> Iterator[str]:
    """Command lines in os.system("…") and subprocess.run([…]) with literals."""
    if tree is None:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name not in ("system", "run", "call", "check_call", "check_output", "Popen", "popen"):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value
        elif isinstance(first, ast.List | ast.Tuple):
            yield shlex.join(_word(element) for element in first.elts)


def _word(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "python" if ast.unparse(node) == "sys.executable" else f"{{{ast.unparse(node)}}}"
