"""Each partner's signing key and the signatures on its webhooks (RFC 9421 with ES256, RFC 9530 content digests).

The key is derived from the seed, so that a restarted simulator still signs as the partner the platform knows. Keys
that can be derived by anybody protect nothing; they are here to let a platform practise verifying.
"""

import base64
import hashlib
from datetime import datetime

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256

COVERED = ("@method", "@authority", "@path", "content-digest", "content-type", "webhook-id", "webhook-timestamp")
"""What a webhook's signature covers."""
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3


class Signer:
    """One partner's ES256 key."""

    def __init__(self, seed: int, slug: str) -> None:
        digest = hashlib.sha512(f"{seed}/{slug}/signing".encode()).digest()
        scalar = int.from_bytes(digest) % (_P256_ORDER - 1) + 1
        self._key: EllipticCurvePrivateKey = derive_private_key(scalar, SECP256R1())
        point = self._key.public_key().public_numbers()
        coordinates = {"crv": "P-256", "kty": "EC", "x": _base64url(point.x), "y": _base64url(point.y)}
        self.kid = _base64url(int.from_bytes(hashlib.sha256(orjson.dumps(coordinates)).digest()))
        self.jwk = {"kid": self.kid, **coordinates, "alg": "ES256", "use": "sig"}
        """The public key as the profile lists it; its kid is the thumbprint of RFC 7638."""

    def sign(self, request: httpx.Request, content: bytes, *, created: datetime) -> None:
        """Add ``Content-Digest``, ``Signature-Input`` and ``Signature`` to a webhook about to be sent."""
        resolver = MappingKeyResolver(public_keys={}, private_keys={self.kid: self._key})
        signer = HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256, key_resolver=resolver)
        signer.sign(
            request,
            key_id=self.kid,
            created=created,
            label="sig1",
            include_alg=False,  # UCP: the algorithm follows from the key
            covered_component_ids=COVERED,
            body=content,
        )


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
