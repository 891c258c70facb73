"""The proxy that leads to an address: the same as requests chooses, which is the oracle.

One without a scheme whose name has letters (``proxy:3128``) is curl's way; requests misreads it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

from kagura.system.proxies import proxy_for

HOSTS = ["api.kaggle.com", "kaggle.com", "notkaggle.com", "10.1.2.3", "127.0.0.1", "localhost"]
PROXIES = [
    "http://proxy:3128",
    "10.9.8.7:3128",
    "https://me:secret@proxy",
    "socks5h://proxy:1080",
    "",
]
EXEMPT = [
    "*",
    "kaggle.com",
    ".kaggle.com",
    "API.kaggle.com",
    "api.kaggle.com:8443",
    "10.0.0.0/8",
    "10.1.2.0/30",
    "10.1.2.3",
    "127.0.0.1/32",
    "local",
    "10.0.0.0/nonsense",
]
NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]

urls = st.builds(
    "{}://{}{}/path?query".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ":8443", ":80"]),
)
environments = st.builds(
    lambda proxies, name, exempt: proxies | ({name: exempt} if exempt else {}),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(PROXIES), max_size=4),
    st.sampled_from(["no_proxy", "NO_PROXY"]),
    st.lists(st.sampled_from(EXEMPT), max_size=4).map(", ".join),
)


def chosen_by_requests(url: str) -> str | None:
    proxy = select_proxy(url, get_environ_proxies(url))
    with_scheme: Callable[[str, str], str] = prepend_scheme_if_needed
    return with_scheme(proxy, "http") if proxy else None


@given(url=urls, environment=environments)
def test_it_is_the_one_that_requests_would_take(url: str, environment: dict[str, str]) -> None:
    with patch.dict(os.environ, environment, clear=True):
        assert proxy_for(url) == chosen_by_requests(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.kaggle.com/v1", "http://proxy:1"),
        ("https://storage.example/x", None),
        ("https://10.200.0.1:9000/x", None),
        ("https://[fd00::7]/x", None),
        ("http://other.example/x", None),
    ],
)
def test_some_of_them_by_hand(
    url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*NAMES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy:1")
    monkeypatch.setenv("NO_PROXY", "storage.example, 10.0.0.0/8,fd00::/8")
    assert proxy_for(url) == expected
