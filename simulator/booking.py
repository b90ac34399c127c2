"""The vendor extension ``example.uso.booking`` as requests carry it: when, where and for how many."""

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Wire):
    """A point on the map; degrees of WGS 84 and an IANA time zone."""

    name: str = Field(max_length=200)
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    zone: str = Field(max_length=64)
    address: str | None = Field(default=None, max_length=500)
    approximate: bool = Field(default=False, description="only the address is known; the coordinates name the town")


class Question(_Wire):
    """What a catalogue lookup asks: can it begin (for deliveries: arrive) between these two moments?"""

    earliest: AwareDatetime
    latest: AwareDatetime
    party: int | None = Field(default=None, ge=1, le=10_000)
    quantity: int = Field(default=1, ge=1, le=10_000)
    place: Place | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.latest < self.earliest:
            raise ValueError("latest must not be before earliest")
        return self


class Booking(_Wire):
    """What a checkout books; the quantity is the line item's."""

    start: AwareDatetime
    party: int | None = Field(default=None, ge=1, le=10_000)
    place: Place | None = None
    origin: Place | None = None
    note: str | None = Field(default=None, max_length=1000)
