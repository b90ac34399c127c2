"""Where a partner's address may point: the guard against being sent into our own network.

Anyone may register a manifest, so every address in it is a stranger's wish. Two checks hold: the URL as it is
written (scheme, credentials, disguised numbers) and, at connect time, the address that the name resolves to.
The connection is then made to that very address, so a name cannot answer one thing to the check and another
to the connection (DNS rebinding).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from schemas.errors import AddressRefusedError

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to the literal addresses it has."""

_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*\Z")
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215: IPv4 inside


def check_url(url: str, *, allow_loopback: bool) -> httpx.URL:
    """The parsed address, if it may be asked at all.

    HTTPS to a public host; plain HTTP only to this machine, and that only with ``allow_loopback``.

    Raises:
        AddressRefusedError: says which rule the address breaks.
    """
    if len(url) > 2048 or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise AddressRefusedError("The address is longer than 2,048 characters or holds blanks; give a plain URL.")
    try:
        parsed = httpx.URL(url)
        host = parsed.host.lower().rstrip(".")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressRefusedError(f"{url!r} is not a URL: {error}.") from error
    if parsed.scheme not in ("https", "http") or not host:
        raise AddressRefusedError(f"{url!r} is not an https:// address with a host.")
    if parsed.userinfo:
        raise AddressRefusedError(f"The address of {host} carries a user name or password; leave them out.")
    if parsed.port is not None and not 0 < parsed.port < 65_536:
        raise AddressRefusedError(f"{host} has no port {parsed.port}; ports go from 1 to 65535.")
    loopback = _check_host(host, allow_loopback)
    if parsed.scheme == "http" and not (loopback and allow_loopback):
        raise AddressRefusedError(f"http://{host} is not encrypted; partners are reached over https:// only.")
    return parsed


def _check_host(host: str, allow_loopback: bool) -> bool:
    """Whether the host, as written, is this machine; refuses literals that are not public."""
    if host == "localhost" or host.endswith(".localhost"):
        if not allow_loopback:
            raise AddressRefusedError(f"{host} is this machine; partners must be reached over the network.")
        return host == "localhost"
    try:
        literal = ip_address(host.strip("[]"))
    except ValueError:
        # inet_aton reads "0x7f.1" and "2130706433" as addresses: a last label that is a number is no name (WHATWG URL)
        if _NUMERIC.match(host.rsplit(".", 1)[-1]):
            raise AddressRefusedError(f"{host} is an IP address in disguise; write it in plain form.") from None
        try:
            ascii_host = host.encode("idna").decode()
        except UnicodeError:
            ascii_host = ""
        if not _NAME.match(ascii_host):
            raise AddressRefusedError(f"{host!r} is not a host name.") from None
        return False
    check_address(literal, host, allow_loopback=allow_loopback)
    return literal.is_loopback


def check_address(address: IPv4Address | IPv6Address, host: str, *, allow_loopback: bool) -> None:
    """Let only public unicast addresses pass, and loopback when allowed.

    Raises:
        AddressRefusedError: private, link-local, multicast, reserved, unspecified, or IPv4 wrapped in IPv6.
    """
    wrapped = isinstance(address, IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or any(address in net for net in _TRANSLATED)
    )
    if not wrapped:
        if address.is_loopback and allow_loopback:
            return
        if address.is_global and not address.is_multicast and not address.is_reserved:
            return
    raise AddressRefusedError(f"{host} points to {address}, which is not a public internet address.")


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a name by the operating system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def addresses_of(host: str, port: int, *, allow_loopback: bool, resolve: Resolver) -> list[str]:
    """The literal addresses a connection to ``host`` may use; one bad answer refuses the host.

    Raises:
        AddressRefusedError: the name resolves to somewhere we must not go.
        OSError: it does not resolve.
    """
    try:
        literals: Sequence[str] = [str(ip_address(host.strip("[]")))]
    except ValueError:
        literals = await resolve(host, port)
    if not literals:
        raise OSError(f"{host} has no address")
    for literal in literals:
        check_address(ip_address(literal.split("%", 1)[0]), host, allow_loopback=allow_loopback)
    return list(dict.fromkeys(literals))
