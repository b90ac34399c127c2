"""The products of all partners, kept in step by syncs; ``catalogue_search`` finds them."""

import asyncio
import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from pgvector import HalfVector
from psycopg.types.json import Jsonb

from memory.database import Connection
from memory.vectors import embed
from schemas.partner import Partner, Product
from schemas.place import Place
from schemas.principal import Principal

_WITHOUT = re.compile(r"\b(\w+)[- ]free\b", re.IGNORECASE)

_UPSERT = """
    INSERT INTO products (partner_id, id, group_id, tenant_id, capability_id, title, description, price, currency,
                          price_per, categories, tags, duration_minutes, lead_minutes, capacity, rating, place, lat,
                          lon, available, digest, words, meaning)
    VALUES (%(partner_id)s, %(id)s, %(group_id)s, %(tenant_id)s, %(capability_id)s, %(title)s, %(description)s,
            %(price)s, %(currency)s, %(price_per)s, %(categories)s, %(tags)s, %(duration_minutes)s, %(lead_minutes)s,
            %(capacity)s, %(rating)s, %(place)s, %(lat)s, %(lon)s, %(available)s, %(digest)s,
            setweight(to_tsvector('english', %(a)s), 'A') || setweight(to_tsvector('english', %(b)s), 'B')
                || setweight(to_tsvector('english', %(c)s), 'C'),
            %(meaning)s)
    ON CONFLICT (partner_id, id) DO UPDATE SET
        group_id = excluded.group_id, capability_id = excluded.capability_id,
        title = excluded.title, description = excluded.description,
        price = excluded.price, currency = excluded.currency, price_per = excluded.price_per,
        categories = excluded.categories, tags = excluded.tags, duration_minutes = excluded.duration_minutes,
        lead_minutes = excluded.lead_minutes, capacity = excluded.capacity, rating = excluded.rating,
        place = excluded.place, lat = excluded.lat, lon = excluded.lon, available = excluded.available,
        digest = excluded.digest, words = excluded.words, meaning = excluded.meaning
"""


async def replace(conn: Connection, principal: Principal, partner: Partner, products: Sequence[Product]) -> int:
    """Make ``products`` the partner's whole catalogue, in the caller's transaction; only changes are written.

    Returns how many rows were written or deleted.
    """
    cursor = await conn.execute("SELECT id, digest FROM products WHERE partner_id = %s", (partner.id,))
    known = {row["id"]: row["digest"] for row in await cursor.fetchall()}
    wanted = {product.id: (product, _digest(product, partner.place)) for product in products}
    changed = [(product, digest) for product, digest in wanted.values() if known.get(product.id) != digest]
    gone = [identifier for identifier in known if identifier not in wanted]
    if gone:
        await conn.execute("DELETE FROM products WHERE partner_id = %s AND id = ANY(%s)", (partner.id, gone))
    if changed:
        vectors = await asyncio.to_thread(embed, [_meaning(product) for product, _ in changed])
        rows = [
            _row(principal, product, product.place or partner.place, digest)
            | {"meaning": HalfVector(vector) if vector.any() else None}
            for (product, digest), vector in zip(changed, vectors, strict=True)
        ]
        async with conn.cursor() as cursor:
            await cursor.executemany(_UPSERT, rows)
    return len(gone) + len(changed)


def _digest(product: Product, home: Place | None) -> bytes:
    where = (product.place or home or None) and (product.place or home).model_dump_json()  # type: ignore[union-attr]
    return blake2b(f"{product.model_dump_json()}{where}".encode(), digest_size=16).digest()


def _meaning(product: Product) -> str:
    return f"{product.title}. {' '.join(product.categories)} {' '.join(product.tags)}. {product.description[:200]}"


def _row(principal: Principal, product: Product, place: Place | None, digest: bytes) -> dict[str, Any]:
    return {
        **product.model_dump(exclude={"price", "place", "group"}),
        "group_id": product.group or product.id,
        "tenant_id": principal.tenant_id,
        "price": product.price.amount,
        "currency": product.price.currency,
        "place": Jsonb(product.place.model_dump(mode="json")) if product.place else None,
        "lat": place.lat if place else None,
        "lon": place.lon if place else None,
        "digest": digest,
        "a": fold(product.title),
        "b": fold(" ".join((*product.categories, *product.tags))),
        "c": fold(product.description),
    }


def fold(text: str) -> str:
    """Joins "nut-free" to one word, so that whoever avoids nuts is not denied the very cake made for them."""
    return _WITHOUT.sub(r"\1free", text)
