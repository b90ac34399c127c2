"""When something may happen: half-open wishes in absolute time."""

from datetime import datetime

from pydantic import AwareDatetime, model_validator

from schemas.base import Value


class TimeWindow(Value):
    """From ``start`` to ``end``, both inclusive and in absolute time; ``None`` leaves that side open."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "TimeWindow":
        if self.start and self.end and self.start > self.end:
            raise ValueError("a time window must not end before it starts")
        return self

    def __contains__(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment <= self.end)

    @property
    def open(self) -> bool:
        """Whether the window says nothing at all."""
        return self.start is None and self.end is None


class Timing(Value):
    """What a person said about the time of one need.

    ``start`` bounds when it begins ("dinner at 7" is start = [19:00, 19:00]); ``end`` bounds when it is
    done ("delivered by 5 pm" is end = [None, 17:00]). ``day`` is the window of the day that was named,
    kept so that a change of the hour ("make it 8") stays on that day.
    """

    start: TimeWindow = TimeWindow()
    end: TimeWindow = TimeWindow()
    day: TimeWindow = TimeWindow()

    @property
    def known(self) -> bool:
        """Whether anything at all was said about the time."""
        return not (self.start.open and self.end.open and self.day.open)
