"""Whether a webhook really comes from the partner it names: RFC 9421 signatures as UCP asks for them.

ES256 with a raw 64-byte signature by a key of the partner's profile, over the method, the address, the webhook's id and
time, and a digest of the exact bytes that came (RFC 9530). Signer and receiver must agree on the time within five
minutes; the caller stores webhook ids, so a replay inside that span does nothing twice.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, EllipticCurvePublicNumbers
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256

from schemas.errors import SignatureInvalidError

COVERED = ("@method", "@authority", "@path", "content-digest", "content-type", "webhook-id", "webhook-timestamp")
"""What a webhook's signature must cover."""
TOLERANCE = timedelta(minutes=5)


class UnknownKeyError(SignatureInvalidError):
    """The signature names a key that the partner's profile, as we know it, does not hold: fetch it anew, once."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: ``url`` is the public one that the partner called."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def verify(request: SignedRequest, keys: Sequence[Mapping[str, Any]], *, now: datetime) -> str:
    """Check the request against the partner's public keys (JWKs); returns the webhook's id.

    Raises:
        UnknownKeyError: signed by a key that is not among ``keys``.
        SignatureInvalidError: anything else that is wrong; the sentence says what.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    for name in ("signature", "signature-input", "content-digest", "content-type", "webhook-id", "webhook-timestamp"):
        if not headers.get(name):
            raise SignatureInvalidError(f"The header {name} is missing.")
    _check_time(headers["webhook-timestamp"], now)
    verifier = _Verifier(keys, now)
    message = SignedRequest(request.method.upper(), request.url, headers, request.body)
    try:
        verifier.verify(message, max_age=TOLERANCE, require_components=COVERED, body=request.body)
    except (InvalidSignature, HTTPMessageSignaturesException) as error:
        if isinstance(error.__context__, SignatureInvalidError):
            raise error.__context__ from None
        raise SignatureInvalidError(f"The signature does not verify: {_words(error)}.") from error
    return headers["webhook-id"]


def _check_time(value: str, now: datetime) -> None:
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        raise SignatureInvalidError("The header webhook-timestamp is not a time in seconds since 1970.")
    away = abs(now.timestamp() - int(value))
    if away > TOLERANCE.total_seconds():
        raise SignatureInvalidError(
            f"The webhook is dated {away:.0f} seconds away from now; at most "
            f"{TOLERANCE.total_seconds():.0f} are allowed."
        )


def _words(error: Exception) -> str:
    return str(error).rstrip(".") or "the signature does not belong to this request"


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, with the caller's clock instead of the machine's."""

    max_clock_skew = TOLERANCE

    def __init__(self, keys: Sequence[Mapping[str, Any]], now: datetime) -> None:
        super().__init__(signature_algorithm=ECDSA_P256_SHA256, key_resolver=_Keys(keys))
        self._now = now

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        created = sig_input.params.get("created")
        expires = sig_input.params.get("expires")
        now, tolerance = self._now.timestamp(), TOLERANCE.total_seconds()
        if type(created) is not int or abs(now - created) > tolerance:
            raise InvalidSignature("it was not created within five minutes of now")
        if expires is not None and (type(expires) is not int or expires < now - tolerance):
            raise InvalidSignature("it has expired")


class _Keys(MappingKeyResolver):
    def __init__(self, keys: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(public_keys={}, private_keys={})
        self._jwks = {str(key.get("kid")): key for key in keys}

    def resolve_public_key(self, key_id: str) -> EllipticCurvePublicKey:
        jwk = self._jwks.get(key_id)
        if jwk is None:
            raise UnknownKeyError(f"The partner's profile has no key {key_id!r}.")
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise SignatureInvalidError(f"The key {key_id!r} is not for ES256, the algorithm we verify.")
        try:
            numbers = EllipticCurvePublicNumbers(_coordinate(jwk["x"]), _coordinate(jwk["y"]), SECP256R1())
            return numbers.public_key()
        except (KeyError, TypeError, ValueError) as error:
            raise SignatureInvalidError(
                f"The key {key_id!r} in the partner's profile is not a point of P-256."
            ) from error


def _coordinate(value: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
