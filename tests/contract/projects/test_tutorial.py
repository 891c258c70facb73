"""The tutorial does what it says: its commands are run, and print what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "tutorial" / "from-anaconda.md"
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What differs from one machine and one week to the next: digests, sizes, the patch of a Python,
# and how many projects there are.
WILD = {
    "digest": "[0-9a-f]{12}",
    "size": r"\d+(?:\.\d+)? [kMG]?B",
    "patch": r"(?<=3\.10\.)\d+",
    "others": r"(?:, shared with \d+ projects?)?(?=\)$)",
}
VARIES = re.compile("|".join(f"(?P<{name}>{form})" for name, form in WILD.items()))


def pattern(line: str) -> str:
    """The line as a pattern that lets vary what varies."""
    mixed, end = "", 0
    for found in VARIES.finditer(line):
        mixed += re.escape(line[end : found.start()]) + WILD[str(found.lastgroup)]
        end = found.end()
    return mixed + re.escape(line[end:])


def test_every_command_of_the_page_prints_what_it_shows(home: Path, tmp_path: Path) -> None:
    folder = tmp_path
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"KAGURA_HOME": str(home), "PATH": path}
    commands = 0
    for kind, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if kind == "python":
            name = text.splitlines()[0].removeprefix("# ")
            (folder / name).write_text(text)
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *expected = part.rstrip("\n").split("\n")
            commands += 1
            if command.startswith("cd "):
                folder /= command[3:]
                continue
            answer = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=600,
                check=False,
            )
            assert answer.returncode == 0, f"{command}\n{answer.stdout}"
            # Where nothing is in the store yet, signs of life come in between.
            lines = [line for line in answer.stdout.splitlines() if not line.endswith(" …")]
            shown = lines if expected else []
            assert len(shown) == len(expected), f"{command}\n{answer.stdout}"
            for line, wanted in zip(shown, expected, strict=True):
                assert re.fullmatch(pattern(wanted), line), f"{command}\n{line}\n{wanted}"
    assert commands > 8
