"""Webhooks are believed only with the partner's own signature over exactly what came."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import SignatureInvalidError
from simulator.signing import Signer
from tools.signatures import COVERED, SignedRequest, UnknownKeyError, verify

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://us.example/webhooks/partners/roses-1"
BODY = b'{"id": "o1", "status": "processing"}'
SIGNER = Signer(7, "roses")


def _signed(*, at: datetime = NOW, created: datetime | None = None, signer: Signer = SIGNER) -> SignedRequest:
    headers = {
        "Content-Type": "application/json",
        "Webhook-Id": "wh-1",
        "Webhook-Timestamp": str(int(at.timestamp())),
        "UCP-Agent": 'profile="https://roses.example/.well-known/ucp"',
    }
    request = httpx.Request("POST", URL, content=BODY, headers=headers)
    signer.sign(request, BODY, created=created or at)
    return SignedRequest("POST", URL, dict(request.headers), BODY)


def test_a_partners_webhook_verifies_and_names_its_id() -> None:
    assert verify(_signed(), [{"kid": "other", "kty": "OKP"}, SIGNER.jwk], now=NOW) == "wh-1"


def test_header_names_may_be_written_in_any_case() -> None:
    signed = _signed()
    shouting = {name.upper(): value for name, value in signed.headers.items()}
    assert verify(replace(signed, headers=shouting, method="post"), [SIGNER.jwk], now=NOW) == "wh-1"


@pytest.mark.parametrize("seconds", [-299, 299])
def test_clocks_may_differ_by_almost_five_minutes(seconds: int) -> None:
    verify(_signed(), [SIGNER.jwk], now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400 * 400])
def test_an_old_or_future_webhook_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureInvalidError, match="seconds away from now"):
        verify(_signed(), [SIGNER.jwk], now=NOW + timedelta(seconds=seconds))


def test_a_fresh_date_on_an_old_signature_is_refused() -> None:
    stale = _signed(created=NOW - timedelta(minutes=6))
    with pytest.raises(SignatureInvalidError, match="five minutes"):
        verify(stale, [SIGNER.jwk], now=NOW)


def test_a_key_the_profile_does_not_have_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownKeyError, match="no key"):
        verify(_signed(), [Signer(7, "another").jwk], now=NOW)


def test_another_partner_cannot_sign_under_this_ones_key_id() -> None:
    forged = Signer(7, "another").jwk | {"kid": SIGNER.kid}
    with pytest.raises(SignatureInvalidError, match="does not verify"):
        verify(_signed(), [forged], now=NOW)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ({"kty": "OKP", "crv": "Ed25519", "x": "AA"}, "not for ES256"),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "not a point"),
        ({"kty": "EC", "crv": "P-256", "x": "AA"}, "not a point"),
        ({"kty": "EC", "crv": "P-256", "x": "ä", "y": 3}, "not a point"),
    ],
)
def test_a_key_that_cannot_verify_is_named(key: dict[str, Any], says: str) -> None:
    with pytest.raises(SignatureInvalidError, match=says):
        verify(_signed(), [{**key, "kid": SIGNER.kid}], now=NOW)


@pytest.mark.parametrize(
    "name", ["Signature", "Signature-Input", "Content-Digest", "Content-Type", "Webhook-Id", "Webhook-Timestamp"]
)
def test_every_needed_header_is_missed_by_name(name: str) -> None:
    signed = _signed()
    headers = {key: value for key, value in signed.headers.items() if key.lower() != name.lower()}
    with pytest.raises(SignatureInvalidError, match=f"header {name.lower()} is missing"):
        verify(replace(signed, headers=headers), [SIGNER.jwk], now=NOW)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("webhook-id", "wh-2"),
        ("webhook-timestamp", str(int(NOW.timestamp()) + 1)),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "-5"),
        ("content-type", "text/plain"),
        ("content-digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"),
        ("content-digest", "md5=:AAAA:"),
        ("signature", "sig1=:AAAA:"),
        ("signature", "nonsense("),
        ("signature-input", 'sig1=("@method");created=1;keyid="x"'),
        ("signature-input", "%"),
    ],
)
def test_any_change_of_a_header_is_noticed(header: str, value: str) -> None:
    signed = _signed()
    with pytest.raises(SignatureInvalidError):
        verify(replace(signed, headers={**signed.headers, header: value}), [SIGNER.jwk], now=NOW)


@pytest.mark.parametrize("left_out", [name for name in COVERED if name != "content-digest"])
def test_a_valid_signature_that_leaves_something_out_proves_nothing(left_out: str) -> None:
    key = generate_private_key(SECP256R1())
    point = key.public_key().public_numbers()
    jwk = {"kid": "k", "kty": "EC", "crv": "P-256", "x": _base64url(point.x), "y": _base64url(point.y)}
    headers = {name: value for name, value in _signed().headers.items() if "sign" not in name and "digest" not in name}
    request = httpx.Request("POST", URL, content=BODY, headers=headers)
    signer = HTTPMessageSigner(
        signature_algorithm=ECDSA_P256_SHA256, key_resolver=MappingKeyResolver(public_keys={}, private_keys={"k": key})
    )
    covered = [name for name in COVERED if name not in (left_out, "content-digest")]
    signer.sign(request, key_id="k", created=NOW, covered_component_ids=covered, body=BODY)
    with pytest.raises(SignatureInvalidError, match="not covered"):
        verify(SignedRequest("POST", URL, dict(request.headers), BODY), [jwk], now=NOW)


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "url", ["https://us.example/webhooks/partners/roses-2", "https://them.example/webhooks/partners/roses-1"]
)
def test_a_webhook_for_one_address_is_none_for_another(url: str) -> None:
    with pytest.raises(SignatureInvalidError):
        verify(replace(_signed(), url=url), [SIGNER.jwk], now=NOW)


@given(st.binary(max_size=100).filter(lambda body: body != BODY))
def test_any_other_body_is_noticed(body: bytes) -> None:
    with pytest.raises(SignatureInvalidError):
        verify(replace(_signed(), body=body), [SIGNER.jwk], now=NOW)


@given(
    st.dictionaries(
        st.sampled_from(["signature", "signature-input", "content-digest", "webhook-timestamp"]),
        st.text(max_size=60),
        min_size=1,
    )
)
def test_whatever_the_headers_hold_the_answer_is_a_clean_refusal(headers: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalidError):
        verify(replace(_signed(), headers={**_signed().headers, **headers}), [SIGNER.jwk], now=NOW)
