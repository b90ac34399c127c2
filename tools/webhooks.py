"""Taking a partner's webhook in: believe it, keep it, and let a job understand it.

The answer is quick and says only that the event is kept; what it means is worked out by a job that was committed
with it, so nothing is lost and nothing happens twice.
"""

from datetime import datetime, timedelta
from typing import Literal
from weakref import WeakKeyDictionary

from memory import partners
from memory.database import Database
from schemas.errors import FieldError, MalformedBodyError, MalformedHeaderError, ManifestError, PartnerError
from schemas.partner import Partner
from schemas.principal import Principal
from tools import orders, registry
from tools.http import PartnerHttp, read_json
from tools.signatures import SignedRequest, UnknownKeyError, verify

Kept = Literal["accepted", "duplicate"]

_REGISTRY = Principal(user_id="registry", roles=frozenset({"operator"}))
_LONGEST_ID = 255
_BETWEEN_READS = timedelta(minutes=1)

_read_anew: WeakKeyDictionary[PartnerHttp, dict[str, datetime]] = WeakKeyDictionary()
"""When this process last read a partner's profile because of an unknown key: anybody can name one."""


async def receive(
    database: Database, http: PartnerHttp, partner_id: str, request: SignedRequest, *, now: datetime
) -> Kept:
    """Check the signature, keep the event and queue the job that applies it.

    Raises:
        NotFoundError: there is no such partner.
        SignatureInvalidError: the request is not the partner's, was changed, or is too old.
        MalformedHeaderError: it is the partner's, but its id is longer than one may be.
        MalformedBodyError: it is the partner's, but its body is not JSON, or nested without end.
        InvalidRequestError: its body is not a UCP order.
    """
    async with database.connection() as conn:
        partner = await partners.for_webhook(conn, partner_id)
    webhook_id = await _verified(database, http, partner, request, now)
    if len(webhook_id) > _LONGEST_ID:
        words = f"must have at most {_LONGEST_ID} characters"
        raise MalformedHeaderError(f"Webhook-Id {words}.", errors=[FieldError("Webhook-Id", words)])
    try:
        snapshot = read_json(request.body, "The webhook", strict=True)
    except PartnerError as error:
        raise MalformedBodyError(error.detail) from error
    async with database.transaction() as conn:
        new = await orders.record_partner_event(conn, partner, webhook_id=webhook_id, snapshot=snapshot, now=now)
    return "accepted" if new else "duplicate"


async def _verified(
    database: Database, http: PartnerHttp, partner: Partner, request: SignedRequest, now: datetime
) -> str:
    """The webhook's id. A key we do not know may be new: the profile is read anew, once a minute at most."""
    try:
        return verify(request, partner.keys, now=now)
    except UnknownKeyError as unknown:
        read = _read_anew.setdefault(http, {})
        if partner.id in read and now - read[partner.id] < _BETWEEN_READS:
            raise
        read[partner.id] = now
        principal = _REGISTRY.model_copy(update={"tenant_id": partner.tenant_id})
        try:
            partner = await registry.add_partner(database, http, principal, partner.manifest_url, now=now)
        except (ManifestError, PartnerError):
            raise unknown from None
        return verify(request, partner.keys, now=now)
