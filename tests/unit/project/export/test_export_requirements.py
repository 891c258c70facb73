"""requirements.txt: each line is a requirement with its hashes, as packaging and pip read them."""

from __future__ import annotations

from collections.abc import Callable

from packaging.requirements import Requirement

from kagura.project.export.mark import is_untouched, marked
from kagura.project.export.outline import Outline
from kagura.project.export.requirements import requirements_text, whole_text

Draw = Callable[..., Outline]


def read(text: str) -> dict[str, list[str]]:
    found = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            found[str(Requirement(requirement.strip()))] = [one.strip() for one in hashes]
    return found


def test_the_delta_has_its_hashes_and_tells_what_is_taken_out(draw: Draw) -> None:
    text = requirements_text(draw())
    assert read(text) == {
        "optuna==4.4.0": ["sha256:a", "sha256:b"],
        "pandas==2.0.0": ["sha256:c"],
    }
    assert "# Taken out of the base: pip uninstall six" in text


def test_the_whole_is_the_base_with_what_changed(draw: Draw) -> None:
    assert list(read(whole_text(draw()))) == ["numpy==1.23.5", "optuna==4.4.0", "pandas==2.0.0"]


def test_an_edit_of_an_exported_file_is_noticed() -> None:
    text = marked("a\nb\n", kind="dockerfile")
    assert is_untouched(text)
    assert not is_untouched(text.replace("b", "c"))
    assert not is_untouched(text + "c\n")
    assert not is_untouched("a\nb\n")
    assert not is_untouched("")
    assert is_untouched(marked("{}\n", kind="devcontainer", comment="//"))
