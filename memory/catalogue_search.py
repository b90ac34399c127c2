"""Finding products by words and by meaning, for all needs of a request in one statement.

A small kind of service is simply compared product by product. In a large one only the candidates are compared that
three indexes bring: those whose words match, those whose meaning is nearest, and the cheapest. So it takes 2 ms for
three needs among 1,500 products, and 26 ms among 100,000.
"""

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from pgvector import HalfVector

from memory.catalogue import fold
from memory.database import Connection, Database
from memory.vectors import embed
from schemas.money import Money
from schemas.place import Place
from schemas.principal import Principal

_WORD = re.compile(r"\w+")
_KM_PER_DEGREE = 111.2  # of latitude
_ANY = 0.7  # how well a product matches when only its kind was asked for
_TYPICAL = 0.2  # of the match: how near it is to the middle of its kind
_NUANCE = 0.1  # of the match: how near it is to all that was said
_RELEVANT = 0.5  # of the best match: what matches less is left out
_ALIKE = 0.8  # of the best match: among these the cheapest are looked for
_FEW = 1000  # products of a capability that are compared one by one, which is quicker than any index
_POOL = 60  # of more than that: candidates that each index brings
_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What to look for, for one need.

    ``text`` holds the words that tell products of the same kind apart; empty, and anything of the kind will do.
    """

    text: str
    capability_ids: Sequence[str]
    currency: str = "USD"
    said: str = ""
    """All of what was said about it: among products whose words fit alike, its meaning tells which is nearer."""
    middle: HalfVector | None = None
    """What is typical of the kind, from :func:`middles`; without it nothing is more typical than the words."""
    facts: Sequence[str] = ()
    """What it should be in particular ("italian", "vegan"): whatever is none of it matches less."""
    party: int = 1
    quantity: int = 1
    ceiling: int | None = None
    """Minor units: what it should cost at most; dearer products come last."""
    below: int | None = None
    """Minor units: it must cost less than this."""
    avoid: Sequence[str] = ()
    near: Place | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A product that was found. ``match`` from 0 to 1 says how well words and meaning fit."""

    partner_id: str
    product_id: str
    capability_id: str
    title: str
    description: str
    list_price: Money
    duration_minutes: int | None
    capacity: int | None
    rating: float | None
    tags: list[str]
    place: Place | None
    match: float


_FITS = """
    p.available AND p.tenant_id = a.tenant AND p.currency = a.currency
    AND p.partner_id <> ALL (a.excluded) AND (p.capacity IS NULL OR p.capacity * a.quantity >= a.party)
    AND (a.avoid IS NULL OR NOT p.words @@ a.avoid)
    AND (a.lat IS NULL OR p.lat IS NULL OR abs(p.lat - a.lat) < a.reach AND abs(p.lon - a.lon) < a.reach_lon)
"""
_COMPARED = """
    p.partner_id, p.id,
    p.price * CASE p.price_per WHEN 'person' THEN greatest(a.party, a.quantity) ELSE a.quantity END AS cost,
    p.group_id, coalesce(p.rating, 3.5) / 25 AS reputation,
    least(1, 1.65 * ts_rank('{0.1, 0.3, 0.6, 1}', p.words, a.query)) AS wording,
    least(1, greatest(0, 1.6 * (1 - coalesce(p.meaning <=> a.meaning, 1)))) AS sense,
    greatest(0, 1 - coalesce(p.meaning <=> a.middle, 1)) AS central,
    CASE WHEN a.facts = '' OR p.words @@ a.particular THEN 1 ELSE 0.75 END AS kept
"""
_MIDDLES = f"""
    SELECT name, (SELECT avg(meaning) FROM (
        SELECT meaning FROM products
        WHERE available AND tenant_id = %(tenant)s AND capability_id = name LIMIT {_FEW}) sold) AS middle
    FROM unnest(%(names)s::text[]) name
"""  # noqa: S608 — put together from constants
_SEARCH = f"""
    WITH request AS MATERIALIZED (
        SELECT %(tenant)s AS tenant, %(reach)s::float8 AS reach,
               array(SELECT id FROM partners WHERE tenant_id = %(tenant)s AND status <> 'active')
                   || %(skip)s::text[] AS excluded,
               %(n)s::int[] AS n, %(capabilities)s::text[] AS capabilities, %(text)s::text[] AS text,
               %(facts)s::text[] AS facts,
               %(meaning)b::halfvec[] AS meaning, %(middle)b::halfvec[] AS middle, %(currency)s::text[] AS currency,
               %(party)s::int[] AS party,
               %(quantity)s::int[] AS quantity, %(ceiling)s::bigint[] AS ceiling, %(below)s::bigint[] AS below,
               %(avoid)s::text[] AS avoid, %(lat)s::float8[] AS lat, %(lon)s::float8[] AS lon
    ), split AS MATERIALIZED (
        SELECT r.tenant, r.reach, r.excluded, a.*, string_to_array(lines, chr(10)) AS capabilities
        FROM request r CROSS JOIN LATERAL unnest(r.n, r.capabilities, r.text, r.facts, r.meaning, r.middle, r.currency,
                                                 r.party, r.quantity, r.ceiling, r.below, r.avoid, r.lat, r.lon)
             AS a (n, lines, words, facts, meaning, middle, currency, party, quantity, ceiling, below, unwanted,
                   lat, lon)
    ), asked AS MATERIALIZED (
        SELECT *, websearch_to_tsquery('english', replace(words, ' ', ' or ')) AS query,
               plainto_tsquery('english', words) AS every,
               websearch_to_tsquery('english', replace(facts, ' ', ' or ')) AS particular,
               CASE WHEN unwanted <> '' THEN websearch_to_tsquery('english', unwanted) END AS avoid,
               reach / greatest(cos(radians(lat)), 0.05) AS reach_lon,
               (SELECT count(*) FROM (
                    SELECT FROM products p WHERE p.available AND p.tenant_id = tenant
                        AND p.capability_id = ANY (capabilities) LIMIT {_FEW + 1}) one) <= {_FEW} AS few
        FROM split
    )
    SELECT a.n, f.*
    FROM asked a CROSS JOIN LATERAL (
        WITH compared AS (
            SELECT {_COMPARED} FROM products p WHERE a.few AND p.capability_id = ANY (a.capabilities) AND {_FITS}
            UNION ALL
            SELECT {_COMPARED} FROM (
                (SELECT p.partner_id, p.id FROM products p WHERE NOT a.few AND p.capability_id = ANY (a.capabilities)
                 AND {_FITS} AND p.words @@ a.every LIMIT {_POOL})
                UNION
                (SELECT partner_id, id FROM (
                    SELECT p.partner_id, p.id, p.words FROM products p
                    WHERE NOT a.few AND p.capability_id = ANY (a.capabilities) AND {_FITS} AND p.words @@ a.query
                    LIMIT {_FEW}
                 ) m ORDER BY ts_rank(words, a.query) DESC LIMIT {_POOL})
                UNION
                (SELECT p.partner_id, p.id FROM products p WHERE NOT a.few AND p.capability_id = ANY (a.capabilities)
                 AND {_FITS} ORDER BY p.meaning <=> a.meaning LIMIT {_POOL})
                UNION
                (SELECT o.* FROM unnest(a.capabilities) k CROSS JOIN LATERAL (
                    SELECT p.partner_id, p.id FROM products p WHERE NOT a.few AND {_FITS} AND p.capability_id = k
                    ORDER BY p.price LIMIT {_POOL}) o)
            ) c JOIN products p USING (partner_id, id)
        ), placed AS (
            SELECT *, avg(central) OVER same AS typical,
                   avg(sense) OVER same AS nuance
            FROM compared
            WINDOW same AS (PARTITION BY partner_id, group_id)
        ), matched AS (
            SELECT *, CASE a.words WHEN '' THEN {_ANY}
                      ELSE kept * (0.6 * wording + 0.4 * greatest(wording, sense)) END
                      * (1 - {_TYPICAL} - {_NUANCE} + {_NUANCE} * nuance
                         + {_TYPICAL} * coalesce(typical / nullif(max(typical) OVER (), 0), 1)) AS match
            FROM placed
            WHERE a.below IS NULL OR cost < a.below
        ), valued AS MATERIALIZED (
            SELECT *, max(match) OVER () AS best_match,
                   match + reputation - CASE WHEN cost > a.ceiling THEN 1 ELSE 0 END AS value
            FROM matched
        ), varied AS (
            SELECT *, value - 0.1 * (row_number() OVER variants - 1) AS worth
            FROM valued
            WHERE match >= {_RELEVANT} * best_match
            WINDOW variants AS (PARTITION BY partner_id, group_id ORDER BY value DESC, cost, id)
        ), ranked AS (
            SELECT *, max(worth) OVER partner AS partner_worth, row_number() OVER partner AS nth,
                   row_number() OVER (ORDER BY match < {_ALIKE} * best_match, cost, worth DESC, id) AS cheapness
            FROM varied
            WINDOW partner AS (PARTITION BY partner_id ORDER BY worth DESC, cost, id)
        ), chosen AS (
            SELECT *, dense_rank() OVER (ORDER BY partner_worth DESC, partner_id) AS partner_rank FROM ranked
        )
        SELECT p.partner_id, p.id, p.capability_id, p.title, left(p.description, 300) AS description, p.price,
               p.currency, p.duration_minutes, p.capacity, p.rating, p.tags, p.place, c.match::float8, c.worth
        FROM chosen c JOIN products p USING (partner_id, id)
        WHERE nth <= %(each)s AND partner_rank <= %(partners)s OR cheapness <= %(cheapest)s
        ORDER BY worth DESC, id
    ) f
"""  # noqa: S608 — put together from constants


_middles: WeakKeyDictionary[Database, dict[tuple[str, str], tuple[float, HalfVector | None]]] = WeakKeyDictionary()


async def middles(
    database: Database, principal: Principal, capability_ids: Collection[str]
) -> dict[str, HalfVector | None]:
    """For each capability the mean of its products' meanings: how near a product is to it says how typical it is.

    Kept for a minute, because averaging takes longer than searching and one product more hardly moves a mean.
    """
    kept, now = _middles.setdefault(database, {}), time.monotonic()
    asked = {name: (principal.tenant_id, name) for name in capability_ids}
    stale = [name for name, key in asked.items() if key not in kept or kept[key][0] < now - _KEPT_SECONDS]
    if stale:
        async with database.connection() as conn:
            cursor = await conn.execute(_MIDDLES, {"tenant": principal.tenant_id, "names": stale})
            kept.update({asked[row["name"]]: (now, row["middle"]) for row in await cursor.fetchall()})
    return {name: kept[key][1] for name, key in asked.items()}


async def search(
    conn: Connection,
    principal: Principal,
    queries: Sequence[CatalogueQuery],
    *,
    partners: int = 4,
    each: int = 3,
    cheapest: int = 2,
    reach_km: float = 80.0,
    skip_partners: Sequence[str] = (),
) -> list[list[Hit]]:
    """For each query the best products, best first: up to ``each`` of up to ``partners`` partners, so that one
    partner cannot fill the list, and the ``cheapest`` whoever they are from. Of active partners within ``reach_km``.
    """
    if not queries:
        return []
    vectors = embed(
        [f"{query.text} {query.said}".strip() or " ".join(query.capability_ids) for query in queries]
    )  # 15 µs each: not worth a thread
    meanings = [HalfVector(vector) for vector in vectors]
    cursor = await conn.execute(
        _SEARCH,
        {
            "tenant": principal.tenant_id,
            "n": list(range(len(queries))),
            "capabilities": ["\n".join(query.capability_ids) for query in queries],
            "text": [_words(query.text) for query in queries],
            "facts": [_words(" ".join(query.facts)) for query in queries],
            "meaning": meanings,
            "middle": [query.middle or meaning for query, meaning in zip(queries, meanings, strict=True)],
            "currency": [query.currency for query in queries],
            "party": [query.party for query in queries],
            "quantity": [query.quantity for query in queries],
            "ceiling": [query.ceiling for query in queries],
            "below": [query.below for query in queries],
            "avoid": [" or ".join(f'"{_words(thing)}"' for thing in query.avoid) for query in queries],
            "lat": [query.near.lat if query.near else None for query in queries],
            "lon": [query.near.lon if query.near else None for query in queries],
            "reach": reach_km / _KM_PER_DEGREE,
            "skip": list(skip_partners),
            "partners": partners,
            "each": each,
            "cheapest": cheapest,
            "pool": _POOL,
            "few": _FEW,
        },
    )
    found: list[list[Hit]] = [[] for _ in queries]
    for row in await cursor.fetchall():
        found[row["n"]].append(
            Hit(
                partner_id=row["partner_id"],
                product_id=row["id"],
                capability_id=row["capability_id"],
                title=row["title"],
                description=row["description"],
                list_price=Money(amount=row["price"], currency=row["currency"]),
                duration_minutes=row["duration_minutes"],
                capacity=row["capacity"],
                rating=row["rating"],
                tags=row["tags"],
                place=Place.model_validate(row["place"]) if row["place"] else None,
                match=row["match"],
            )
        )
    return found


def _words(text: str) -> str:
    """The words alone: nothing in them can be read as an operator of a text search."""
    return " ".join(_WORD.findall(fold(text)))
