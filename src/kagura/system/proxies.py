"""Which proxy leads to an address, by the environment, as Kaggle's official clients choose it.

Those are built on requests, which knows networks (``10.0.0.0/8``) in ``NO_PROXY``; for all else it
asks the standard library.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

__all__ = ["proxy_for"]


def proxy_for(url: str) -> str | None:
    """The proxy's address, with a scheme; None: nothing stands between.

    From ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in small letters too.
    """
    parts, proxies = urlsplit(url), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    host = parts.hostname or ""
    if not proxy or _is_in_networks(host, proxies.get("no", "")):
        return None
    if proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _is_in_networks(host: str, names: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    for name in names.replace(" ", "").split(","):
        try:
            if address in ip_network(name, strict=False):
                return True
        except ValueError:
            continue  # it is no network
    return False
