"""Running the cases of a suite: some at once, each as often as asked, keeping what is done when interrupted."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.harness.suite import Case, Dataset, Options, Result, Suite

AnySuite = Suite[Any, Any, Any]
AnyCase = Case[Any, Any]
AnyResult = Result[Any, Any, Any]
OnResult = Callable[[AnyResult], None]


@dataclass(slots=True)
class Run:
    """The trials of a suite that were done, in the order of the cases and trials."""

    suite: AnySuite
    options: Options
    planned: int
    results: list[AnyResult] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False


async def run(
    suite: AnySuite,
    options: Options,
    *,
    on_begin: Callable[[int], None] = lambda trials: None,
    on_result: OnResult = lambda result: None,
) -> Run:
    """Run every chosen case ``options.repeat`` times. Cancelling ends it early: the run then says so.

    ``on_begin`` is told how many trials there will be, ``on_result`` of each that is done.

    Raises:
        EvaluationError: the options do not suit the suite.
    """
    cases = Dataset(suite.cases(options)).select(options.selection).cases
    done = Run(suite, options, planned=len(cases) * options.repeat)
    on_begin(done.planned)
    started = time.perf_counter()
    async with suite.opened(options):
        trials = _trials(cases, options.repeat)
        workers = [
            asyncio.create_task(_work(suite, trials, done.results, on_result))
            for _ in range(min(options.jobs or suite.jobs, done.planned))
        ]
        try:
            await asyncio.gather(*workers)
        except asyncio.CancelledError:
            done.interrupted = True
            if (task := asyncio.current_task()) is not None:
                task.uncancel()  # what was asked for by cancelling is what happens now: an early, orderly end
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
    position = {case.id: number for number, case in enumerate(cases)}
    done.results.sort(key=lambda result: (result.trial, position[result.case.id]))
    done.seconds = time.perf_counter() - started
    return done


def _trials(cases: Sequence[AnyCase], repeat: int) -> Iterator[tuple[int, AnyCase]]:
    """Round after round, so that a run that is interrupted has tried as many cases as it could."""
    return ((trial, case) for trial in range(repeat) for case in cases)


async def _work(
    suite: AnySuite, trials: Iterator[tuple[int, AnyCase]], results: list[AnyResult], on_result: OnResult
) -> None:
    for trial, case in trials:  # shared with the other workers: each takes the next one
        result = await _try(suite, case, trial)
        results.append(result)
        on_result(result)


async def _try(suite: AnySuite, case: AnyCase, trial: int) -> AnyResult:
    started = time.perf_counter()
    try:
        outcome = await suite.run(case)
        seconds = time.perf_counter() - started
        scores = tuple(score for evaluate in suite.evaluators for score in evaluate(case, outcome))
    except Exception as error:  # whatever goes wrong is this case's result
        return Result(case, trial, None, (), time.perf_counter() - started, f"{type(error).__name__}: {error}")
    return Result(case, trial, outcome, scores, seconds)
