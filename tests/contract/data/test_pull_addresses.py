"""kagura pull of what is not quite the address of a notebook: what the user is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kagura.testing import Refuse, Standin

sys.path.insert(0, str(Path(__file__).parents[1]))
from pulling import TUTORIAL, Command, source


@pytest.mark.parametrize("key", ["scriptVersionId", "kernelSessionId"])
def test_a_version_that_only_the_site_understands_is_told(
    kagura: Command, here: Path, key: str
) -> None:
    address = f"https://www.kaggle.com/code/{TUTORIAL}?{key}=123456"
    pulled = kagura("pull", address, "--no-inputs")
    assert pulled.returncode == 0, pulled.stderr
    assert "warning" in pulled.stderr
    assert "this is the newest version" in pulled.stderr
    assert f"kagura pull {TUTORIAL}/3" in pulled.stderr
    assert "(version 12)" in pulled.stderr
    assert TUTORIAL in (here / "titanic-tutorial" / "kagura.lock").read_text()


def test_a_plain_address_is_no_reason_to_warn(kagura: Command) -> None:
    pulled = kagura("pull", f"https://www.kaggle.com/code/{TUTORIAL}/notebook", "--no-inputs")
    assert pulled.returncode == 0, pulled.stderr
    assert "warning" not in pulled.stderr


@pytest.fixture
def near(standin: Standin) -> Standin:
    standin.kernel("alexisbcook/titanic-tutorials", source("1"))
    standin.kernel("alexisbcook/hello-seaborn", source("1"))
    standin.kernel("someone/titanik-tutorial", source("1"))
    return standin


@pytest.mark.parametrize("status", [403, 404])
def test_notebooks_of_the_owner_that_may_be_meant_are_named(
    kagura: Command, near: Standin, here: Path, status: int
) -> None:
    if status == 404:
        near.fail("GetKernel", Refuse(status=404))
    refused = kagura("pull", "alexisbcook/titanik-tutorial")
    assert refused.returncode == 3
    (hint,) = [line for line in refused.stderr.splitlines() if line.startswith("hint: ")]
    assert "did you mean " in hint
    assert TUTORIAL in hint
    assert "alexisbcook/titanic-tutorials" in hint
    assert "seaborn" not in hint
    assert "someone" not in hint
    assert "https://www.kaggle.com/code/alexisbcook/titanik-tutorial" in hint
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("what", ["alexisbcook/quite-another", "nobody/titanic-tutorial"])
def test_without_a_similar_one_nothing_is_named(kagura: Command, near: Standin, what: str) -> None:
    refused = kagura("pull", what)
    assert refused.returncode == 3
    assert "did you mean" not in refused.stderr


def test_of_a_version_that_is_not_there_no_other_notebook_is_named(
    kagura: Command, near: Standin
) -> None:
    refused = kagura("pull", f"{TUTORIAL}/99")
    assert refused.returncode == 3
    assert "version 99" in refused.stderr
    assert "did you mean" not in refused.stderr


def test_a_list_that_cannot_be_had_changes_nothing(kagura: Command, near: Standin) -> None:
    near.fail("ListKernels", Refuse(status=403), times=None)
    refused = kagura("pull", "alexisbcook/titanik-tutorial")
    assert refused.returncode == 3
    assert "there is no notebook alexisbcook/titanik-tutorial" in refused.stderr
    assert "did you mean" not in refused.stderr


def test_trouble_is_no_reason_to_ask_for_a_list(kagura: Command, near: Standin) -> None:
    near.fail("GetKernel", Refuse(status=401), times=None)
    assert kagura("pull", "alexisbcook/titanik-tutorial").returncode == 3
    assert near.called("ListKernels") == 0
