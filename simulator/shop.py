"""A partner that is open for business: its diary, its conduct, its checkouts and orders; and the town they share."""

import hashlib
import ssl
from base64 import b32encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, cached_property

import httpx

from simulator.availability import Diary
from simulator.behaviour import Behaviour, Conduct
from simulator.checkout import Checkout
from simulator.orders import Order
from simulator.partners import Partner, found
from simulator.platforms import Platforms
from simulator.protocol import Replays
from simulator.signing import Signer
from simulator.webhooks import Webhooks

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]
_FORGOTTEN = timedelta(hours=6)


@cache
def _authorities() -> ssl.SSLContext:
    """The certificate authorities of this machine; reading them takes longer than building a city."""
    return httpx.create_ssl_context()


class Shop:
    """One partner at work."""

    def __init__(self, partner: Partner, behaviour: Behaviour) -> None:
        self.partner = partner
        self.conduct = Conduct(behaviour)
        self.diary = Diary(f"{partner.seed}/{partner.slug}")
        self.checkouts: OrderedDict[str, Checkout] = OrderedDict()
        self.orders: dict[str, Order] = {}

    @cached_property
    def signer(self) -> Signer:
        """The key it signs webhooks with."""
        return Signer(self.partner.seed, self.partner.slug)

    def number(self, *parts: str) -> str:
        """An identifier that follows from what it is for, so that it never means two things, even after a restart."""
        text = "/".join((str(self.partner.seed), self.partner.slug, *parts))
        return b32encode(hashlib.sha256(text.encode()).digest()[:10]).decode()[:12]

    @cached_property
    def initials(self) -> str:
        """The letters its order numbers begin with."""
        return "".join(word[0] for word in self.partner.slug.split("-") if word)[:4].upper()

    def remember(self, checkout: Checkout, now: datetime) -> None:
        """Keep a new checkout, and forget those long expired."""
        while self.checkouts and next(iter(self.checkouts.values())).expires_at < now - _FORGOTTEN:
            self.checkouts.popitem(last=False)
        self.checkouts[checkout.id] = checkout


class Town:
    """Every partner of one simulated city and what they share: the clock, the post, the memory of answered calls."""

    def __init__(
        self,
        *,
        seed: int,
        partners: int,
        behaviours: Callable[[int, tuple[Partner, ...]], Mapping[str, Behaviour]],
        accept_delay: float,
        clock: Clock,
        sleep: Sleep,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self.seed = seed
        self.accept_delay = accept_delay
        self.clock = clock
        self.sleep = sleep
        everybody = found(seed, partners)
        difficult = behaviours(seed, everybody)
        self.shops = {partner.slug: Shop(partner, difficult.get(partner.slug, "accept")) for partner in everybody}
        self._client = httpx.AsyncClient(
            transport=transport, verify=_authorities(), timeout=5.0, follow_redirects=False, trust_env=False
        )
        self.webhooks = Webhooks(self._client, Platforms(self._client, clock), clock, sleep)
        self.replays = Replays(clock)

    async def close(self) -> None:
        """Stop the post and close its connections."""
        await self.webhooks.close()
        await self._client.aclose()
