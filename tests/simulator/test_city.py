"""What there is in the city: enough of everything, at believable places, hours and prices, the same in every run."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from schemas.capability import Capability, built_in
from simulator.behaviour import DIFFICULT, mixed
from simulator.catalogue import Product, Variant
from simulator.city import km_between
from simulator.lines import clock_minutes, lines
from simulator.partners import Partner, found

ROOT = Path(__file__).parents[2]


def city(seed: int = 7, count: int = 40) -> tuple[Partner, ...]:
    return found(seed, count)


def products(partners: tuple[Partner, ...]) -> list[Product]:
    return [product for partner in partners for product in partner.products]


def variants(service: str, seed: int = 7) -> list[Variant]:
    return [v for partner in city(seed) for v in partner.variants.values() if v.line.id == service]


@pytest.mark.parametrize("seed", [7, 1, 2024])
def test_a_city_has_forty_partners_in_eighteen_lines_with_fifteen_hundred_products(seed: int) -> None:
    partners = city(seed)
    assert len(partners) == 40
    assert {service for partner in partners for service in partner.services} == set(lines())
    assert len(lines()) == 18
    assert sum(len(partner.variants) for partner in partners) >= 1500


@pytest.mark.parametrize("seed", [7, 1, 2024])
def test_frequent_lines_have_several_partners_and_known_lines_at_least_two(seed: int) -> None:
    offered = Counter(service for partner in city(seed) for service in partner.services)
    assert offered["restaurant.table"] >= 5
    assert offered["flowers.delivery"] >= 4
    assert offered["ride.taxi"] >= 4
    assert offered["hotel.room"] >= 3
    assert all(offered[capability.id] >= 2 for capability in built_in())


def test_restaurants_are_of_different_cuisines() -> None:
    cuisines = [partner.style.label for partner in city() if partner.services[0] == "restaurant.table"]
    assert len(set(cuisines)) == len(cuisines) >= 5


def test_published_services_are_capabilities_the_platform_can_read() -> None:
    known = {capability.id: capability for capability in built_in()}
    published = {name: Capability.model_validate(line.service) for name, line in lines().items()}
    assert {name: published[name] for name in known} == known
    assert set(published) - set(known) == {"dog.grooming", "language.lesson"}


def test_partners_lie_within_twelve_kilometres_of_the_middle() -> None:
    for partner in city(count=400):
        assert km_between(41.88, -87.63, partner.spot.lat, partner.spot.lon) <= 12


def test_ids_and_slugs_are_unique() -> None:
    partners = city(count=5000)
    assert len({partner.slug for partner in partners}) == len({partner.name for partner in partners}) == 5000
    everything = products(city())
    assert len({product.id for product in everything}) == len(everything)
    ids = [variant.id for product in everything for variant in product.variants]
    assert len(set(ids)) == len(ids)


def test_every_product_says_what_it_is() -> None:
    for product in products(city()):
        assert product.title
        assert product.text.endswith(".")
        assert product.category
        assert product.tags
        assert product.variants
        assert 3 <= product.rating <= 5
        assert "{" not in product.title
        for variant in product.variants:
            assert variant.price > 0
            assert variant.schedule.duration > 0


@pytest.mark.parametrize("seed", [7, 1, 2024])
def test_a_dinner_for_two_costs_from_about_fifty_to_three_hundred_dollars(seed: int) -> None:
    dinners = [
        variant.price * variant.count(2, 1) / 100
        for variant in variants("restaurant.table", seed)
        if variant.product.category == "Dinner" and variant.seats(2, 1)
    ]
    assert 42 <= min(dinners) <= 58
    assert 220 <= max(dinners) <= 310


@pytest.mark.parametrize("seed", [7, 1, 2024])
def test_flowers_and_rides_have_their_price_bands(seed: int) -> None:
    flowers = [variant.price / 100 for variant in variants("flowers.delivery", seed)]
    rides = [variant.price / 100 for variant in variants("ride.taxi", seed)]
    assert 25 <= min(flowers) <= 40
    assert 100 <= max(flowers) <= 160
    assert 12 <= min(rides) <= 16
    assert 45 <= max(rides) <= 60


@pytest.mark.parametrize("seed", [7, 1, 2024])
def test_flowers_dinner_and_a_ride_fit_250_dollars_easily_and_30_never(seed: int) -> None:
    cheapest = (
        min(v.price for v in variants("flowers.delivery", seed))
        + min(v.price * v.count(2, 1) for v in variants("restaurant.table", seed) if v.product.category == "Dinner")
        + min(v.price for v in variants("ride.taxi", seed))
    )
    assert 3_000 < cheapest < 12_500


def test_core_lines_are_open_every_day() -> None:
    for partner in city(count=400):
        if partner.services[0] in ("restaurant.table", "flowers.delivery", "ride.taxi"):
            assert all(partner.week)


def test_hours_are_published_as_local_times_and_may_cross_midnight() -> None:
    for partner in city():
        hours = partner.hours_json()
        assert list(hours) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        for spans, published in zip(partner.week, hours.values(), strict=True):
            for (opens, closes), (first, last) in zip(spans, published, strict=True):
                assert clock_minutes(first) == opens
                assert clock_minutes(last) == closes % 1440
                assert (last <= first) == (closes >= 1440)


@pytest.mark.parametrize("text", ["24:00", "7:00", "12:60", "noon", "", "12:00:00"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time of day"):
        clock_minutes(text)


def test_a_longer_list_of_partners_begins_with_the_shorter_one() -> None:
    shorter, longer = city(count=12), city(count=90)
    assert [p.slug for p in shorter] == [p.slug for p in longer[:12]]
    assert [v.price for v in shorter[3].variants.values()] == [v.price for v in longer[3].variants.values()]


def test_another_seed_is_another_city() -> None:
    assert [partner.slug for partner in city(1)] != [partner.slug for partner in city(2)]


FINGERPRINT = """
import hashlib
from datetime import datetime, UTC
from simulator.availability import Diary, as_minute
from simulator.partners import found
from simulator.signing import Signer
digest = hashlib.sha256()
day = as_minute(datetime(2026, 11, 28, 6, tzinfo=UTC))
for partner in found(7, 40):
    key = Signer(7, partner.slug).kid
    digest.update(repr((partner.slug, partner.spot, partner.rating, partner.week, key)).encode())
    diary = Diary(partner.slug)
    for variant in partner.variants.values():
        free = diary.openings(variant.schedule, earliest=day, latest=day + 1440, units=1)
        digest.update(repr((variant.id, variant.price, variant.lead, variant.capacity, free)).encode())
print(digest.hexdigest())
"""


def test_two_processes_make_the_same_city() -> None:
    runs = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            cwd=ROOT,
            env={"PYTHONHASHSEED": salt},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(runs) == 1


@pytest.mark.parametrize("seed", [7, 1, 2, 3, 2024])
def test_a_mixed_city_has_each_kind_of_difficult_partner_and_alternatives_to_all_of_them(seed: int) -> None:
    partners = city(seed)
    difficult = mixed(seed, partners)
    assert sorted(difficult.values()) == sorted(DIFFICULT)
    assert difficult == mixed(seed, partners)
    for name in {service for slug in difficult for p in partners if p.slug == slug for service in p.services}:
        assert sum(name in p.services and p.slug not in difficult for p in partners) >= 2


def test_a_large_city_has_more_of_them() -> None:
    partners = city(count=120)
    difficult = mixed(7, partners)
    assert Counter(difficult.values()) == dict.fromkeys(DIFFICULT, 3)
    assert mixed(7, partners[:40]).items() <= difficult.items()


def test_a_small_city_keeps_whatever_alternatives_it_has() -> None:
    assert mixed(7, city(count=10)) == {}
