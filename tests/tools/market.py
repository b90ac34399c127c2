"""Paper partners that the registry knows: what the tests of offers and of the scout are about."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from memory.database import Database
from schemas.partner import Partner
from schemas.principal import Principal
from tests.tools import paper_partner as paper
from tests.tools.paper_partner import PaperPartner, PaperTown
from tools import registry
from tools.http import PartnerHttp

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When everything in these tests happens; quotes on paper are for the day after."""


class Market:
    """Opens paper partners, adds them to the registry and syncs them."""

    def __init__(self, database: Database, principal: Principal) -> None:
        self._town = PaperTown()
        self.database = database
        self.principal = principal
        self.http = PartnerHttp(transport=httpx.ASGITransport(self._town), timeout=0.5)

    async def open(self, name: str, *products: Any, **config: Any) -> tuple[PaperPartner, Partner]:
        """A partner that sells these and answers every lookup with a normal quote for each id."""
        app = PaperPartner()
        base = self._town.open(app)
        place = {"name": name, "lat": 41.88, "lon": -87.63, "zone": "America/Chicago"}
        app.says = {
            "/.well-known/ucp": paper.profile(base, **{"name": name, "place": place, **config}),
            "/ucp/catalog/search": paper.catalogue(*products),
            "/ucp/catalog/lookup": quotes(),
        }
        url = f"{base}/.well-known/ucp"
        partner = await registry.add_partner(self.database, self.http, self.principal, url, now=NOW)
        partner = await registry.sync_partner(self.database, self.http, self.principal, partner.id, now=NOW)
        assert partner.status == "active", partner.error
        app.requests.clear()
        return app, partner


def quotes(**booking: Any) -> Callable[[Any], Any]:
    """An answer to lookups: every id that was asked for, with this in its booking."""
    return lambda asked: paper.catalogue(*(paper.quoted(identifier, **booking) for identifier in asked["ids"]))
