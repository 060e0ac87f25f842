"""Sends nothing into our own network: an address is resolved once, judged, and that very address is called."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_TIMEOUT = 10.0
MOST_BYTES = 64_000
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]


class TargetRefused(ValueError):
    """The address may not be called; the text says why."""


class NotSent(Exception):
    """The receiver could not be reached or did not take the message."""


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the networks written as ``10.1.0.0/16, 10.2.3.4``.

    Raises:
        ValueError: one of them cannot be read.
    """
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges addresses and posts to those it lets pass.

    Public addresses are called by https; others only when the administrator of the machine has listed their network
    (``XIANJIE_WEBHOOK_NETWORKS``). Redirects are not followed.
    """

    allowed: tuple[Network, ...] = ()
    resolve: Resolve = resolved
    timeout: float = _TIMEOUT

    def checked(self, url: str) -> tuple[str, str, int, str]:
        """Return scheme, host, port and path of a target.

        Raises:
            TargetRefused: it is no http(s) address, or holds a user name or a fragment.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError as exc:
            raise TargetRefused(f"不是有效的地址：{exc}") from exc
        if parts.scheme not in _PORTS or not parts.hostname or parts.username or parts.password or parts.fragment:
            raise TargetRefused("请写 https:// 开头的完整地址，不带用户名和片段")
        if any(ord(letter) <= 32 or ord(letter) > 126 for letter in url):
            raise TargetRefused("地址中不能有空格、换行或非 ASCII 字符")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return parts.scheme, parts.hostname, port, path

    def address_of(self, scheme: str, host: str, port: int) -> str:
        """Return the address to call.

        Raises:
            TargetRefused: any address of the host is in a network that may not be called.
            NotSent: the host has no address.
        """
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as exc:  # a label that is too long is a fault of encoding
            raise NotSent(f"cannot resolve {host}: {exc}") from exc
        if not found:
            raise NotSent(f"{host} has no address")
        for text in found:
            self._judge(scheme, text)
        return found[0]

    def _judge(self, scheme: str, text: str) -> None:
        address = ipaddress.ip_address(text.partition("%")[0])
        inner = getattr(address, "ipv4_mapped", None) or address
        if any(inner.version == network.version and inner in network for network in self.allowed):
            return
        if not inner.is_global or inner.is_multicast:
            raise TargetRefused(f"{text} 属于内部网络，未列入 XIANJIE_WEBHOOK_NETWORKS")
        if scheme != "https":
            raise TargetRefused("公网地址必须使用 https")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send one message and read as little of the answer as is needed.

        Raises:
            TargetRefused, NotSent.
        """
        if len(body) > MOST_BYTES:
            raise NotSent(f"the message has {len(body)} bytes, more than {MOST_BYTES}")
        scheme, host, port, path = self.checked(url)
        address = self.address_of(scheme, host, port)
        connection = _Pinned(scheme, host, port, address, self.timeout)
        try:
            connection.request("POST", path, body, dict(headers))
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as exc:
            raise NotSent(f"{type(exc).__name__}: {exc}") from exc
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise NotSent(f"the receiver answered {status}")


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was judged, under the name that was asked for."""

    def __init__(self, scheme: str, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._scheme, self._address = scheme, address

    def connect(self) -> None:
        """Connect to the judged address; TLS proves the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        if self._scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        else:
            self.sock = plain
