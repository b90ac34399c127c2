"""Order news on its way to the platform: signed, delivered in order, tried again until it is taken.

Every delivery is kept, so that one can be sent again under its old id, or held back and sent out of order: what a
platform must survive.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import httpx
import orjson

from simulator.orders import Order
from simulator.platforms import PlatformError, Platforms
from simulator.signing import Signer

BACK_OFF = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each further attempt."""
_KEPT = 10_000


@dataclass(slots=True, eq=False)
class Delivery:
    """One event of one order. ``answers`` are the statuses, or errors, of the attempts so far."""

    id: str
    slug: str
    order_id: str
    agent: str
    profile: str
    content: bytes
    signer: Signer = field(repr=False)
    status: Literal["held", "pending", "delivered", "failed"] = "pending"
    answers: list[int | str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What the control page shows of it."""
        return {
            "webhook_id": self.id,
            "slug": self.slug,
            "order_id": self.order_id,
            "status": self.status,
            "answers": self.answers,
            "order": orjson.loads(self.content),
        }


class Webhooks:
    """All deliveries of all partners."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        platforms: Platforms,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client = client
        self._platforms = platforms
        self._clock = clock
        self._sleep = sleep
        self._last: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._holding: set[str] = set()
        self._told: Counter[str] = Counter()
        self.deliveries: OrderedDict[str, Delivery] = OrderedDict()

    def announce(self, slug: str, signer: Signer, order: Order) -> None:
        """Tell the platform how the order stands now; after what it was told before."""
        self._told[order.id] += 1
        delivery = Delivery(
            id=f"wh_{order.id}_{self._told[order.id]}",
            slug=slug,
            order_id=order.id,
            agent=order.agent,
            profile=f"{order.base}/.well-known/ucp",
            content=orjson.dumps(order.as_json()),
            signer=signer,
        )
        self.deliveries[delivery.id] = delivery
        if len(self.deliveries) > _KEPT:
            self.deliveries.popitem(last=False)
        if slug in self._holding:
            delivery.status = "held"
        else:
            previous = self._last.get(order.id)
            self._last[order.id] = self.run(self._deliver(delivery, previous))

    def hold(self, slug: str, holding: bool) -> None:
        """Keep this partner's coming news back (until it is sent by hand), or stop doing so."""
        if holding:
            self._holding.add(slug)
        else:
            self._holding.discard(slug)

    async def send(self, deliveries: Sequence[Delivery], *, tamper: bool = False) -> None:
        """Send these once each, in this order, under their own ids, whatever became of them before.

        With ``tamper`` the body is changed after signing.
        """
        for delivery in deliveries:
            await self._attempt(delivery, tamper=tamper)

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something in the background; :meth:`settle` waits for it and :meth:`close` stops it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def settle(self) -> None:
        """Wait until nothing is under way any more, including what that starts."""
        while self._running:
            await asyncio.gather(*self._running)

    async def close(self) -> None:
        """Stop everything that is under way."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, delivery: Delivery, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await previous
        for pause in (*BACK_OFF, None):
            if await self._attempt(delivery):
                break
            if pause is None:
                delivery.status = "failed"
            else:
                await self._sleep(pause)
        if self._last.get(delivery.order_id) is asyncio.current_task():
            del self._last[delivery.order_id]

    async def _attempt(self, delivery: Delivery, *, tamper: bool = False) -> bool:
        try:
            url = await self._platforms.webhook_url(delivery.agent)
            response = await self._client.send(self._request(url, delivery, tamper))
        except (httpx.HTTPError, PlatformError) as error:
            delivery.answers.append(str(error) or repr(error))
            return False
        delivery.answers.append(response.status_code)
        if response.is_success:
            delivery.status = "delivered"
        return response.is_success

    def _request(self, url: str, delivery: Delivery, tamper: bool) -> httpx.Request:
        now = self._clock()
        headers = {
            "Content-Type": "application/json",
            "Webhook-Id": delivery.id,
            "Webhook-Timestamp": str(int(now.timestamp())),
            "UCP-Agent": f'profile="{delivery.profile}"',
        }
        request = self._client.build_request("POST", url, content=delivery.content, headers=headers)
        delivery.signer.sign(request, delivery.content, created=now)
        if not tamper:
            return request
        signed = {name: value for name, value in request.headers.items() if name != "content-length"}
        return self._client.build_request("POST", url, content=delivery.content + b" ", headers=signed)
