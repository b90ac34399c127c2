"""One call to a partner's REST binding: who we are, which request this is, and when it may be sent again."""

import asyncio
from functools import lru_cache
from typing import Any
from uuid import uuid4

import orjson

from schemas.errors import PartnerError
from schemas.partner import Partner
from tools.http import PartnerHttp, PartnerUnavailableError, Reply

_BACK_OFF = 0.1
_ATTEMPTS = 3


async def question(
    http: PartnerHttp, partner: Partner, path: str, body: dict[str, Any], *, within: float | None = None
) -> Reply:
    """Ask something that changes nothing. Asked once; a partner that keeps failing is not asked for a while.

    Raises:
        PartnerUnavailableError: no answer came, or the partner is being left alone.
        PartnerError: the answer is an error or cannot be used.
    """
    pause = http.circuits.wait(partner.endpoint)
    if pause:
        raise PartnerUnavailableError(f"{partner.name} failed several times and is left alone for {pause:.0f} s more.")
    try:
        reply = await http.request(
            "POST",
            partner.endpoint + path,
            headers=_headers(http.public_url, partner.id),
            body=orjson.dumps(body),
            within=within,
        )
    except PartnerError:
        http.circuits.failed(partner.endpoint)
        raise
    if reply.status >= 400:
        raise failure(partner, reply)
    http.circuits.succeeded(partner.endpoint)
    return reply


async def call(
    http: PartnerHttp,
    partner: Partner,
    method: str,
    path: str,
    *,
    body: dict[str, Any] | None = None,
    key: str | None = None,
    within: float | None = None,
) -> Reply:
    """A call that may change something: with an idempotency ``key`` (or a GET), so it is safe to send again.

    A partner that fails or stays silent is asked three times in all, a little later each time, with the same key.
    ``within`` is the seconds each of them may take: five times a question's unless given.

    Raises:
        PartnerUnavailableError: no answer came; whether the call took effect is not known: call again, same key.
        PartnerError: the answer cannot be used, or is an error of the protocol (4xx).
    """
    headers = list(_headers(http.public_url, partner.id))
    if key is not None:
        headers.append((b"Idempotency-Key", key.encode("ascii")))
    elif method != "GET":
        raise ValueError("a call that changes something needs an idempotency key")
    content = None if body is None else orjson.dumps(body)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            reply = await http.request(
                method, partner.endpoint + path, headers=headers, body=content, within=within or 5 * http.timeout
            )
            if reply.status != 429:
                break
            problem = PartnerUnavailableError(f"{partner.name} is too busy to answer.")
        except PartnerUnavailableError as error:
            problem = error
        if attempt == _ATTEMPTS:
            raise problem
        await asyncio.sleep(_BACK_OFF * 3 ** (attempt - 1))
    if reply.status >= 400:
        raise failure(partner, reply)
    return reply


def failure(partner: Partner, reply: Reply) -> PartnerError:
    """The error for a protocol error (4xx), with the partner's own code and words when it gave them."""
    found = first_error(reply.data)
    said = f": {found['content']} ({found['code']})" if found else ""
    return PartnerError(f"{partner.name} refused the call with status {reply.status}{said}.")


def first_error(data: Any) -> dict[str, str] | None:
    """The first error a UCP answer carries: ``messages[]`` of type error, or a flat ``{code, content}``."""
    if not isinstance(data, dict):
        return None
    messages = data.get("messages")
    candidates = messages if isinstance(messages, list) else [{**data, "type": "error"}]
    for message in candidates:
        if isinstance(message, dict) and message.get("type") == "error" and message.get("code"):
            return {
                "code": str(message["code"])[:100],
                "content": str(message.get("content") or "")[:500],
                "severity": str(message.get("severity") or "unrecoverable"),
            }
    return None


@lru_cache(maxsize=4096)
def _agent(public_url: str, partner_id: str) -> bytes:
    return f'profile="{public_url}/ucp/profile/{partner_id}"'.encode("ascii")


def _headers(public_url: str, partner_id: str) -> tuple[tuple[bytes, bytes], ...]:
    # RFC 8941 dictionary; our profile is served per partner so that each has a webhook address of its own
    return ((b"UCP-Agent", _agent(public_url, partner_id)), (b"Request-Id", uuid4().hex.encode()))
