"""Ways in the city and the nights between two days."""

from datetime import UTC, datetime

import pytest

from schemas.place import Place
from tests.tools.timechain.days import CHICAGO, HOME, LAKE, PARK
from tools.timechain.journey import Journeys, way_seconds

DOORSTEP = Place(name="Doorstep", lat=HOME.lat + 0.0013, lon=HOME.lon, zone=HOME.zone)  # 145 m north


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=CHICAGO).timestamp())


@pytest.mark.parametrize(
    ("destination", "minutes"),
    [(LAKE, 11), (PARK, 18), (HOME, 0), (DOORSTEP, 0), (None, 0)],
)  # 1.82 km: 5 + 1.82 × 1.3 ÷ 25 × 60 = 10.7; 4.0 km: 17.5
def test_a_way_takes_five_minutes_and_then_its_streets_at_25_km_an_hour(
    destination: Place | None, minutes: int
) -> None:
    assert way_seconds(HOME, destination) == 60 * minutes


def test_places_are_the_same_when_their_coordinates_are() -> None:
    journeys = Journeys(CHICAGO)
    elsewhere = LAKE.model_copy(update={"name": "The same corner"})
    assert journeys.number(LAKE) == journeys.number(elsewhere)
    assert journeys.way(journeys.number(HOME), journeys.number(LAKE)) == 660


def test_a_way_to_a_place_known_by_its_address_only_is_a_usual_one_in_a_town() -> None:
    mill = Place(name="3 Mill Road", lat=HOME.lat, lon=HOME.lon, zone=HOME.zone, approximate=True)
    lane = mill.model_copy(update={"name": "8 Long Lane"})
    journeys = Journeys(CHICAGO)
    home, there, elsewhere = (journeys.number(place) for place in (HOME, mill, lane))
    assert len({home, there, elsewhere}) == 3
    assert journeys.way(home, there) == journeys.way(there, elsewhere) == 60 * 21  # 5 km: 5 + 5 × 1.3 ÷ 25 × 60 = 20.6
    assert journeys.way(there, journeys.number(mill.model_copy())) == 0


def test_days_break_at_four_in_the_morning() -> None:
    journeys = Journeys(CHICAGO)
    assert journeys.break_after(local(2025, 12, 6, 23, 50)) == local(2025, 12, 7, 4)
    assert journeys.break_after(local(2025, 12, 7, 3, 59)) == local(2025, 12, 7, 4)
    assert journeys.break_after(local(2025, 12, 7, 4)) == local(2025, 12, 8, 4)


def test_a_day_on_which_the_clock_changes_still_breaks_at_four() -> None:
    journeys = Journeys(CHICAGO)
    nights = journeys.breaks_between(local(2026, 3, 7, 12), local(2026, 3, 9, 12))
    assert nights == [local(2026, 3, 8, 4), local(2026, 3, 9, 4)]
    assert nights[0] - local(2026, 3, 7, 4) == 23 * 3600
    assert journeys.break_after(local(2025, 11, 1, 12)) - local(2025, 11, 1, 4) == 25 * 3600


def test_the_zone_may_be_far_from_greenwich() -> None:
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
        zone = Place(name=name, lat=0, lon=0, zone=name).tz
        for hour in range(24):
            moment = datetime(2025, 12, 6, hour, 30, tzinfo=UTC)
            night_end = datetime.fromtimestamp(Journeys(zone).break_after(int(moment.timestamp())), zone)
            assert (night_end.hour, night_end.minute) == (4, 0)
            assert 0 < (night_end - moment).total_seconds() <= 24 * 3600
