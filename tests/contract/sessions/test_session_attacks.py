"""Attacks on a session: without its token, from another site, and by the code inside."""

from __future__ import annotations

import os
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from commands import kagura
from labs import LabClient
from living import record_of, up


def test_who_lacks_the_token_is_refused(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    assert len(lab.token) > 30
    for token in ("", "wrong", lab.token[:-1]):
        assert lab.ask("/api/contents", token=token)[0] == 403
        assert lab.ask("/api/kernels", {"name": "python3"}, token=token)[0] == 403
    assert lab.ask("/api/contents")[0] == 200


def test_another_sites_page_in_the_same_browser_is_refused(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.open(lab.url, timeout=60).close()
    browser.open(f"{lab.top}/api/contents", timeout=60).close()  # the cookie is known
    for headers in ({"Origin": "http://evil.example"}, {}):  # neither has a form's secret
        request = urllib.request.Request(f"{lab.top}/api/kernels", data=b"{}", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            browser.open(request, timeout=60)
        refused.value.close()
        assert refused.value.code in (403, 404)


def test_the_token_is_in_no_process_list_and_in_no_log(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home)["url"])
    lab.ask(f"/lab?token={lab.token}")
    lab.ask(f"/no-such-page?token={lab.token}")
    for process in psutil.process_iter(["cmdline"]):
        assert lab.token not in " ".join(process.info["cmdline"] or ())
    logs = kagura("logs", home=home, folder=project)
    assert "Jupyter Server" in logs.stdout
    assert lab.token not in logs.stdout
    assert (home / "sessions" / "irises.json").stat().st_mode & 0o077 == 0
    assert "token" not in lab.execute("import os; print(dict(os.environ))").lower()


def test_without_internet_the_lab_works_and_reaches_nothing(project: Path, home: Path) -> None:
    lab = LabClient(up(project, home, "--no-internet")["url"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        said = lab.execute(f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)")
    assert said == "ConnectionRefusedError"


def test_the_host_follows_no_link_that_the_inside_puts_in_its_sockets_place(
    project: Path, home: Path, tmp_path: Path
) -> None:
    lab = LabClient(up(project, home)["url"])
    target = tmp_path / "host.sock"
    with socket.socket(socket.AF_UNIX) as host_service:
        host_service.bind(os.fspath(target))
        host_service.listen()
        host_service.settimeout(1)
        lab.execute(
            "import os; [(os.unlink(p), os.symlink(%r, p)) for p in "  # noqa: UP031
            "('/run/kagura/door.sock',)]" % os.fspath(target)
        )
        answer = kagura("exec", "--", "true", home=home, folder=project)
        assert answer.returncode == 3
        assert "does not answer" in answer.stderr
        with pytest.raises(TimeoutError):
            host_service.accept()


# What of the host's user is seen inside could hold another session's token or sockets.
SEARCH = """\
import os
token, found = {first!r} + {rest!r}, []
own = ('/opt/kagura/session', '/opt/kagura/state')
for top in ('/run', '/tmp', *own, '/kaggle', '/root', '/proc'):
    for folder, folders, files in os.walk(top):
        if folder == '/proc':
            folders[:] = [name for name in folders if name.isdigit()]
        elif folder.startswith('/proc/'):
            folders[:], files = [], ['cmdline', 'environ']
        for name in files:
            path = os.path.join(folder, name)
            try:
                if name.endswith('.sock'):
                    found.append(path)
                elif token.encode() in open(path, 'rb').read(1 << 20):
                    found.append('token in ' + path)
            except OSError:
                pass
print(sorted(found), {home!r} in open('/proc/self/environ').read())
"""


def _search(token: str, home: str) -> str:
    # In two parts: IPython's own history of this cell would hold it.
    return SEARCH.format(first=token[:9], rest=token[9:], home=home)


def test_another_sessions_token_and_sockets_are_not_seen(project: Path, home: Path) -> None:
    other = project.parent / "other"
    other.mkdir()
    up(other, home)
    lab = LabClient(up(project, home)["url"])
    own = _search(lab.token, os.fspath(home))
    # It finds what there is to find: a session can read its own.
    assert "'token in /opt/kagura/session/job.json'" in lab.execute(own)
    others = _search(record_of(home, "other")["token"], os.fspath(home))
    assert lab.execute(others) == "['/run/kagura/door.sock', '/run/kagura/lab.sock'] False\n"
