"""Money as whole minor units with an ISO 4217 code: no floats, no sums across currencies."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from pydantic import Field

from schemas.base import Value
from schemas.errors import CurrencyMismatchError

_MINOR_DIGITS = {
    "BHD": 3,
    "CLP": 0,
    "IQD": 3,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "OMR": 3,
    "PYG": 0,
    "TND": 3,
    "UGX": 0,
    "VND": 0,
    "XAF": 0,
    "XOF": 0,
    "XPF": 0,
}  # ISO 4217; others have 2
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}


class Money(Value):
    """An amount in minor units (cents for USD). May be negative in a ledger."""

    amount: int
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    @classmethod
    def of(cls, major: Decimal | int | str, currency: str) -> Self:
        """Money from major units: ``Money.of("12.50", "USD")`` is 1250 cents; halves round up."""
        scaled = Decimal(major).scaleb(minor_digits(currency))
        return cls(amount=int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP)), currency=currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """No money, in a currency."""
        return cls(amount=0, currency=currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatchError(self.currency, other.currency)
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(amount=self.amount + self._same(other), currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(amount=self.amount - self._same(other), currency=self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(amount=self.amount * times, currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(amount=-self.amount, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        digits = minor_digits(self.currency)
        sign = "-" if self.amount < 0 else ""
        symbol = _SYMBOLS.get(self.currency)
        number = f"{abs(self.major):,.{digits}f}"
        return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {self.currency}"


def minor_digits(currency: str) -> int:
    """How many decimal digits the currency's minor unit has (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


def total(amounts: list[Money], currency: str) -> Money:
    """The sum of amounts that are all in ``currency``.

    Raises:
        CurrencyMismatchError: one of them is in another currency.
    """
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
