"""An archive of many files has a long list: it is fetched once, however often a download ends."""

from __future__ import annotations

from pulling import Command

from kagura.testing import Refuse, Standin

HANDLE = "some/many"
NUMBER = 5000


def test_the_list_of_an_archive_is_not_fetched_again(standin: Standin, kagura: Command) -> None:
    standin.dataset(HANDLE, {f"{n:0100}.csv": f"{n}\n" for n in range(NUMBER)}, version=1)
    standin.fail(HANDLE, Refuse(status=403), times=None, skip=2)
    assert kagura("input", "add", HANDLE).returncode == 3
    (stored,) = standin.objects(HANDLE)
    size = stored.path.stat().st_size
    _, (first, end) = stored.ranges
    assert size - first > 100 * NUMBER
    assert end <= size - 2**18, "what came with the end of the archive is not asked for twice"
    standin.recover()
    assert kagura("input", "add", HANDLE).returncode == 0
    assert all(stop <= first or begin > first for begin, stop in stored.ranges[2:])
    assert standin.served(HANDLE) <= size + 10
    assert kagura("input", "verify").returncode == 0
