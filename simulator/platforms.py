"""The platforms that call: who they say they are, and where they want to hear about their orders.

A platform names its profile in ``UCP-Agent``. That address is a stranger's wish, so it is asked only over HTTPS, or
over plain HTTP on this very machine, without following redirects and with limits on time and size.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import http_sf
import httpx
from pydantic import ValidationError
from ucp_sdk.models.schemas.profile import PlatformSchema
from ucp_sdk.models.schemas.shopping.order import PlatformSchema as OrderConfig

ORDER = "dev.ucp.shopping.order"
_FRESH = timedelta(seconds=60)
_REMEMBERED = 256
_MOST_BYTES = 256 * 1024


class PlatformError(Exception):
    """The platform's profile cannot be used; the sentence says why."""


@lru_cache(maxsize=1024)
def agent_profile(header: str) -> str:
    """The profile address in a ``UCP-Agent`` header (an RFC 8941 dictionary).

    Raises:
        ValueError: there is none, or it is not one that may be fetched.
    """
    try:
        fields = http_sf.parse(header.encode(), tltype="dictionary")
    except ValueError as error:
        raise ValueError(f"not a dictionary of structured fields: {error}") from error
    member = fields.get("profile") if isinstance(fields, dict) else None
    if not isinstance(member, tuple) or not isinstance(member[0], str):
        raise ValueError('it must name a profile, such as profile="https://platform.example/ucp"')
    check_address(member[0])
    return member[0]


def check_address(url: str) -> None:
    """Let pass what may be asked: HTTPS anywhere but private networks, plain HTTP on this machine only.

    Raises:
        ValueError: says which rule the address breaks.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        literal = ip_address(host)
    except ValueError:
        literal = None
    loopback = host == "localhost" or (literal is not None and literal.is_loopback)
    if parts.scheme == "http" and not loopback:
        raise ValueError(f"{url!r} is plain HTTP to another machine; use https")
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise ValueError(f"{url!r} is not an https address")
    if literal is not None and not loopback and not literal.is_global:
        raise ValueError(f"{url!r} points into a private network")


class Platforms:
    """Profiles of platforms, fetched when an order has news and kept for a minute."""

    def __init__(self, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, str]] = OrderedDict()

    async def webhook_url(self, profile: str) -> str:
        """Where the platform wants order events.

        Raises:
            PlatformError: the profile cannot be fetched, is malformed, or names no such address.
        """
        known = self._known.get(profile)
        if known is not None and known[0] > self._clock() - _FRESH:
            return known[1]
        url = _webhook_url(await self._fetch(profile))
        self._known[profile] = (self._clock(), url)
        self._known.move_to_end(profile)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return url

    async def _fetch(self, profile: str) -> bytes:
        try:
            async with self._client.stream("GET", profile, headers={"Accept": "application/json"}) as response:
                if response.status_code != httpx.codes.OK:
                    raise PlatformError(f"{profile} answered with status {response.status_code}")
                content = b""
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise PlatformError(f"{profile} is larger than {_MOST_BYTES} bytes")
                return content
        except httpx.HTTPError as error:
            raise PlatformError(f"{profile} cannot be fetched: {error!r}") from error


def _webhook_url(content: bytes) -> str:
    try:
        profile = PlatformSchema.model_validate_json(content)
        entries = (profile.ucp.capabilities or {}).get(ORDER) or []
        url = str(next(OrderConfig.model_validate(entry.config).webhook_url for entry in entries if entry.config))
        check_address(url)
    except ValidationError as error:
        raise PlatformError(f"the profile is malformed: {error.errors(include_input=False)[:2]}") from error
    except StopIteration:
        raise PlatformError(f"the profile names no webhook_url under {ORDER}") from None
    except ValueError as error:
        raise PlatformError(f"the webhook address is refused: {error}") from error
    return url
