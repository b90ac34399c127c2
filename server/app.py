"""The application: every route of the HTTP surface, and the parts of the process behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI

from schemas.settings import Settings
from server import problems
from server.auth import Authenticator
from server.middleware import RequestMiddleware
from server.openapi import DescribedApp
from server.routes import agui, chat, health, runs, threads
from server.runtime import OpenContext, open_runtime, utc_now

ROUTERS = [chat.router, agui.router, runs.router, threads.router, health.router]
"""What any graph is served by."""

log = structlog.get_logger(__name__)


def create_app(
    settings: Settings | None = None,
    *,
    graphs: Mapping[str, Any] | None = None,
    open_context: OpenContext | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The application; nothing is opened before its lifespan begins.

    Args:
        settings: those of the environment by default.
        graphs: definitions by name, instead of those a ``langgraph.json`` names.
        open_context: opens what the graphs get as run context.
        clock: the present moment, for tests.

    Other graphs than ours are served without the routes of partners, offers, plans and orders, unless the context
    they open may hold what those need.
    """
    ours = graphs is None and (settings is None or settings.graphs_config is None)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = settings if settings is not None else await asyncio.to_thread(Settings)
        if chosen.public_url is None:  # under a server of its own kind it is told where it listens
            chosen = chosen.with_(public_url=getattr(app.state, "url", None))
        app.state.authenticator = Authenticator(chosen)
        if app.state.authenticator.open:
            log.warning("no_sign_in", reason="USO_API_KEYS is not set: everybody is who X-User-ID says, or 'local'")
        opening = open_context
        if opening is None and graphs is None and chosen.graphs_config is None:
            from server.platform import open_platform  # noqa: PLC0415 — heavy, and only our own graphs need it

            opening = partial(open_platform, clock=clock)
        async with open_runtime(chosen, graphs=graphs, open_context=opening, clock=clock) as runtime:
            app.state.runtime = runtime
            yield

    app = DescribedApp(
        title="Universal Service Orchestrator",
        version="0.1.0",
        summary="One sentence becomes a fulfilled bundle of services from many partners.",
        lifespan=lifespan,
        responses=problems.DOCUMENTED,
    )
    problems.install(app)
    app.add_middleware(RequestMiddleware)
    for router in [*ROUTERS, *(_product_routers() if ours or open_context else [])]:
        app.include_router(router)
    return app


def _product_routers() -> list[APIRouter]:
    from server.routes import product  # noqa: PLC0415 — heavy, and only our own graphs need it

    return product.ROUTERS


app: FastAPI


@cache
def __getattr__(name: str) -> FastAPI:
    """``server.app:app``, for servers that are told to import an application; made when one does."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return create_app()
