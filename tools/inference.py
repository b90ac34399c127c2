"""What a shop does, when it does not say: capabilities inferred from the categories of its catalogue.

A category that names something a built-in capability is known for ("Wedding cakes", "Taxi") or means nearly the
same belongs to it. Any other becomes a capability of its own, ``inferred.<category>``, found by its words like the
rest.
"""

import re
from collections.abc import Sequence

from memory.vectors import embed
from schemas.capability import Capability, built_in
from tools.ucp.catalogue import CatalogueItem

_NEAR = 0.47
"""Cosine. On shop categories, right ones lie at 0.48 and above ("Roses", "Headphones"), the nearest wrong ones at
0.44 ("Car rental" to rides) and 0.41 ("Escape rooms" to hotels); the rest is caught by words."""

_WORD = re.compile(r"[^\W_]+")


def infer(items: Sequence[CatalogueItem]) -> dict[str, Capability]:
    """The capability of each item, by item id."""
    names = {item.id: _category(item) for item in items}
    capabilities = _of_categories(list(dict.fromkeys(names.values())), items)
    return {item.id: capabilities[names[item.id]] for item in items}


def _category(item: CatalogueItem) -> str:
    # taxonomies write "Home > Flowers > Roses": the last part says most
    return re.split(r"\s*[>/»]\s*", item.categories[0])[-1] if item.categories else item.title


def _of_categories(categories: list[str], items: Sequence[CatalogueItem]) -> dict[str, Capability]:
    known = built_in()
    meanings = embed([f"{entry.name}. {entry.description} {' '.join(entry.examples)}" for entry in known])
    nearness = embed(categories) @ meanings.T
    result = {}
    for row, category in enumerate(categories):
        best = int(nearness[row].argmax())
        named = next((entry for entry in known if _names(category, entry)), None)
        result[category] = named or (known[best] if nearness[row][best] >= _NEAR else _new(category, items))
    return result


def _names(category: str, capability: Capability) -> bool:
    words = f" {' '.join(_singulars(category))} "
    return any(f" {' '.join(_singulars(phrase))} " in words for phrase in (capability.name, *capability.examples))


def _singulars(text: str) -> list[str]:
    return [word.removesuffix("s") if len(word) > 3 else word for word in _WORD.findall(text.lower())]


def _new(category: str, items: Sequence[CatalogueItem]) -> Capability:
    own = [item for item in items if _category(item) == category]
    slug = "-".join(_WORD.findall(category.lower()))[:80] or "other"
    return Capability(
        id=f"inferred.{slug}",
        name=category,
        description=f"{category}: {', '.join(item.title for item in own[:5])}"[:300],
        examples=(category.lower(),),
        # a shop that says nothing of places and times sells things, and brings them
        effect=next((item.effect for item in own if item.effect), "delivered"),
        duration_minutes=next((item.duration_minutes for item in own if item.duration_minutes is not None), 15),
    )
