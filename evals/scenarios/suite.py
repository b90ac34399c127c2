"""The suite ``scenarios``: every story lived by a simulated person, against the real server and simulated partners."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from evals.harness.figures import by_tag
from evals.harness.suite import Case, Metrics, Options, Result, Suite
from evals.scenarios.grading import grade
from evals.scenarios.person import Outcome, Person
from evals.scenarios.story import Expected, Story, stories
from evals.scenarios.world import World
from schemas.settings import Settings
from server.logging import configure


class ScenariosSuite(Suite[Story, Expected, Outcome]):
    """Requests with several needs, end to end."""

    name = "scenarios"
    about = "People with several needs, from their first words to orders at the partners and what becomes of them."
    evaluators = (grade,)

    def cases(self, options: Options) -> Sequence[Case[Story, Expected]]:
        """One case a story."""
        return [Case(story.id, story, story.expected, story.tags) for story in stories()]

    @asynccontextmanager
    async def opened(self, options: Options) -> AsyncIterator[None]:
        """As many worlds as stories may be told at once."""
        configure(Settings(log_level="error", _env_file=None))
        self._numbers = itertools.count()
        self._free: asyncio.Queue[World] = asyncio.Queue()
        async with AsyncExitStack() as stack:
            for number in range(options.jobs or self.jobs):
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"uso-eval-{number}-"))
                world = World(Path(folder))
                stack.push_async_callback(world.close)
                await world.open()
                self._free.put_nowait(world)
            yield

    async def run(self, case: Case[Story, Expected]) -> Outcome:
        """Live the story on a morning of its own."""
        world = await self._free.get()
        try:
            async with world.day() as day:
                return await Person(case.input, day, f"person-{next(self._numbers)}").live()
        finally:
            self._free.put_nowait(world)

    def score(self, results: Sequence[Result[Story, Expected, Outcome]]) -> Metrics:
        """The share of stories that ended well, for each theme."""
        themes = {result.case.tags[0] for result in results}
        rates = by_tag(results)
        passed = {theme: rates[theme][0] / rates[theme][1] for theme in sorted(themes)}
        return {"themes": passed}
