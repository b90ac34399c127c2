"""The open services of this process, for routes that call tools."""

from typing import Annotated

from fastapi import Depends, Request

from graphs.services import GraphContext, Services
from schemas.errors import UnavailableError
from server.runtime import Runtime


async def _services(request: Request) -> Services:  # not a plain function: that would cost a thread
    runtime: Runtime = request.app.state.runtime
    if isinstance(runtime.context, GraphContext) and isinstance(runtime.context.services, Services):
        return runtime.context.services
    raise UnavailableError("This process serves other graphs only; it has no partners and no orders.")


OpenServices = Annotated[Services, Depends(_services)]
