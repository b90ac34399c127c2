"""The open services of this process, for routes that call tools."""

from typing import Annotated

from fastapi import Depends, Request

from graphs.services import Services


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


OpenServices = Annotated[Services, Depends(_services)]
