"""The real ``kagglehub`` library, unmodified from PyPI, works against the stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from kagura.system.command import Completed
from kagura.testing import Drop, Standin

Kagglehub = Callable[..., Completed]

READ = """
import pathlib
def read(path):
    path = pathlib.Path(path)
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {p.relative_to(path).as_posix(): p.read_bytes().hex() for p in files}
"""

# Pythons before 3.11.4 (Debian 12 has 3.11.2) lack what kagglehub takes for granted.
TAR_FILTER = """
import tarfile
if not hasattr(tarfile, "data_filter"):
    plain = tarfile.TarFile.extractall
    def extractall(self, *arguments, filter=None, **more):
        return plain(self, *arguments, **more)
    tarfile.TarFile.extractall = extractall
"""


def _printed(completed: Completed) -> object:
    assert completed.status == 0, completed.stdout + completed.stderr
    return json.loads(completed.stdout.splitlines()[-1])


def test_it_downloads_all_that_there_is(kaggle: Standin, kagglehub: Kagglehub) -> None:
    found = _printed(
        kagglehub(
            READ
            + """
print(json.dumps({
    "old": read(kagglehub.dataset_download("uciml/iris/versions/1")),
    "file": read(kagglehub.dataset_download("uciml/iris", path="big.csv")),
    "new": read(kagglehub.dataset_download("uciml/iris")),
    "competition": read(kagglehub.competition_download("titanic")),
    "competition file": read(kagglehub.competition_download("titanic", path="test.csv")),
    "model": read(kagglehub.model_download("google/gemma/PyTorch/2b/1")),
    "newest model": read(kagglehub.model_download("google/gemma/pyTorch/2b")),
    "output": read(kagglehub.notebook_output_download("alice/first-notebook/versions/1")),
    "output file": read(
        kagglehub.notebook_output_download("alice/first-notebook", path="submission.csv")
    ),
    "me": kagglehub.whoami(),
}))"""
        )
    )
    assert isinstance(found, dict)
    assert found["old"] == {"Iris.csv": b"Id,Species\n1,old\n".hex()}
    assert found["file"] == {".": (b"1,2\n" * 1000).hex()}
    assert set(found["new"]) == {"Iris.csv", "big.csv", "images/one.png", "images/deep/two.png"}
    assert found["competition"] == {"train.csv": b"a,b\n1,2\n".hex(), "test.csv": b"a\n3\n".hex()}
    assert found["competition file"] == {".": b"a\n3\n".hex()}
    assert found["newest model"] == {"config.json": b"{}".hex()}
    assert set(found["model"]) == {"config.json", "w/a.bin"}
    assert set(found["output"]) == {"submission.csv", "plots/a.png"}
    assert found["output file"] == {".": b"2\n".hex()}
    assert found["me"] == {"username": "tester"}
    assert kaggle.calls[0].agent.startswith("kagglehub/")


def test_a_model_of_many_files_comes_as_an_archive(kaggle: Standin, kagglehub: Kagglehub) -> None:
    files = {f"shard-{number}.bin": bytes([number]) for number in range(40)}
    kaggle.model("google/many/jax/2b", files)
    code = 'print(json.dumps(read(kagglehub.model_download("google/many/jax/2b/1"))))'
    found = _printed(kagglehub(TAR_FILTER + READ + code, credential="token"))
    assert found == {name: content.hex() for name, content in files.items()}
    assert kaggle.called("DownloadModelInstanceVersion") == 1
    assert {call.scheme for call in kaggle.calls} == {"Bearer"}


def test_it_is_refused_as_by_kaggle(kagglehub: Kagglehub) -> None:
    code = """
for call in (
    lambda: kagglehub.competition_download("closed"),
    lambda: kagglehub.dataset_download("nobody/nothing"),
    lambda: kagglehub.dataset_download("uciml/iris/versions/9"),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error.response.status_code, "rules" in str(error))
"""
    completed = kagglehub(code)
    assert completed.stdout.splitlines() == [
        "KaggleApiHTTPError 403 True",
        "KaggleApiHTTPError 403 False",
        "KaggleApiHTTPError 404 False",
    ]


def test_its_next_run_goes_on_after_a_cut(
    kaggle: Standin, kagglehub: Kagglehub, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.bin"
    noise.write_bytes(bytes(range(256)) * 20_000)
    kaggle.dataset("alice/noise", {"noise.bin": noise})
    size = kaggle.archive("alice/noise").stat().st_size
    kaggle.fail("alice/noise", Drop(after=size // 2))
    code = 'print(json.dumps(read(kagglehub.dataset_download("alice/noise"))))'
    assert kagglehub(READ + code).status != 0
    assert _printed(kagglehub(READ + code)) == {"noise.bin": noise.read_bytes().hex()}
