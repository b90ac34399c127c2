"""A small real suite: adding up, by somebody who cannot carry."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from evals.harness.suite import Case, Metrics, Options, Result, Score, Suite


def right(case: Case[str, int], outcome: int) -> Iterable[Score]:
    yield Score.of("sum", outcome == case.expected, f"{outcome} instead of {case.expected}")


class Sums(Suite[str, int, int]):
    """Adds digit by digit, which is wrong whenever something has to be carried."""

    name = "sums"
    about = "Adding numbers below a hundred."
    evaluators = (right,)

    def cases(self, options: Options) -> Sequence[Case[str, int]]:
        pairs = [(1, 2), (10, 20), (30, 5), (18, 5)]
        return [
            Case(f"{a}+{b}", f"{a} + {b}", a + b, ("carry",) if a % 10 + b % 10 > 9 else ("plain",)) for a, b in pairs
        ]

    async def run(self, case: Case[str, int]) -> int:
        a, b = map(int, case.input.split(" + "))
        return (a // 10 + b // 10) * 10 + (a + b) % 10

    def score(self, results: Sequence[Result[str, int, int]]) -> Metrics:
        plain = [result.passed for result in results if "plain" in result.case.tags]
        return {"plain": {"accuracy": sum(plain) / len(plain) if plain else 0.0}}


class Moody(Sums):
    """Right every other time it is asked the same."""

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}

    async def run(self, case: Case[str, int]) -> int:
        self._asked[case.id] = times = self._asked.get(case.id, -1) + 1
        return case.expected + times % 2


class Broken(Sums):
    """Breaks at one of the cases."""

    async def run(self, case: Case[str, int]) -> int:
        if case.id == "10+20":
            raise ZeroDivisionError("no <zero> here")
        return await super().run(case)


class Endless(Sums):
    """Never gets past its third case."""

    async def run(self, case: Case[str, int]) -> int:
        if case.id == "30+5":
            await asyncio.Event().wait()
        return await super().run(case)


class Crowded(Sums):
    """Remembers how many cases were under way at once."""

    jobs = 2

    def __init__(self) -> None:
        self.under_way = self.most = 0

    async def run(self, case: Case[str, int]) -> int:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return await super().run(case)


class Twins(Sums):
    """Has two cases of the same name."""

    def cases(self, options: Options) -> Sequence[Case[str, Any]]:
        return [Case("one", "1 + 1", 2), Case("one", "1 + 2", 3)]
