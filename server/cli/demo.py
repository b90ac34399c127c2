"""``uso demo``: the main job told in the terminal, on real parts and a fresh data folder.

Nothing is staged but what it says: the simulated partners, some of which are difficult by nature, are told to
behave, and the restaurant that was chosen is told to refuse, so that one refusal can be seen repaired.
"""

import asyncio
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from cards.timeline import order_rows
from schemas.money import Money
from schemas.settings import Settings
from server.cli.address import Address
from server.cli.client import ChatClient
from server.cli.conversation import Conversation
from server.cli.ending import CommandError
from server.cli.views import TerminalView, order_of
from server.terminal import draw_timeline

SENTENCE = "Surprise my wife on Saturday: flowers delivered by 5 pm, dinner for two at 7 and a ride home, under $250"
_WAIT_SECONDS = 30
_PARTNERS = 3


def demo() -> int:
    """Tell the story; exit code 0 when it ended with a confirmed order and one refusal repaired."""
    console = Console()
    console.rule("[bold]Universal Service Orchestrator")
    with tempfile.TemporaryDirectory(prefix="uso-demo-") as folder, ExitStack() as stack:
        with console.status("Starting PostgreSQL, Valkey and forty simulated partners …"):
            from server.cli.local import local_server  # takes seconds to load

            # Defaults only, whatever the environment says: the same story for everybody, and nobody's own partners.
            address = stack.enter_context(local_server(Settings.model_construct(data_dir=Path(folder))))
        return asyncio.run(_tell(console, address))


async def _tell(console: Console, address: Address) -> int:
    async with ChatClient(address.url, key=address.key) as client:
        talk = Conversation(client, TerminalView(console))
        partners = (await client.get("/api/v1/partners?limit=200"))["partners"]
        await _tell_to(partners, "accept")
        _narrate(console, "Backstage", "every partner is told to behave.")
        _narrate(console, "A person says", SENTENCE)
        await talk.say(SENTENCE)
        approval = talk.interrupt("approval")
        if approval is None:
            raise CommandError("There was no proposal to approve.")
        chosen = _restaurant(talk.result["plan"])
        await _tell_to([one for one in partners if one["id"] == chosen["partner_id"]], "refuse")
        _narrate(console, "Backstage", f"{chosen['partner_name']} is told to refuse what it is sent.")
        _narrate(console, "The person", "approves.")
        await talk.answer(approval["id"], {"action": "approve"})
        with console.status("Waiting for the partners …"):
            settled = await talk.settle(_WAIT_SECONDS)
        order = await client.get(f"/api/v1/orders/{talk.result['order']['id']}")
        return _end(console, order, settled=settled)


def _restaurant(plan: dict[str, Any]) -> dict[str, Any]:
    """The offer of the one item the person attends."""
    offers: list[dict[str, Any]] = [item["offer"] for item in plan["items"]]
    return next((offer for offer in offers if offer["effect"] == "attended"), offers[0])


async def _tell_to(partners: list[dict[str, Any]], behaviour: str) -> None:
    """Tell simulated partners how to behave, over the simulator's own control interface."""
    async with httpx.AsyncClient(trust_env=False) as simulator:
        for partner in partners:
            root, _, slug = partner["manifest_url"].removesuffix("/.well-known/ucp").partition("/p/")
            body = {"slug": slug, "behaviour": behaviour}
            (await simulator.post(f"{root}/control/behaviour", json=body)).raise_for_status()


def _end(console: Console, order: dict[str, Any], *, settled: bool) -> int:
    standing = [line for line in order["lines"] if line["state"] in ("accepted", "in_progress", "fulfilled")]
    refused = {event["line_id"] for event in order["history"] if event["what"] == "rejected" and event["applied"]}
    repaired = [line for line in standing if line["replaces"] in refused]
    partners = {line["offer"]["partner_id"] for line in order["lines"] if line["placed_at"]}
    console.rule("[bold]The end")
    if not settled:
        return _failed(console, f"The order is {order['status']}, not confirmed.")
    if len(partners) < _PARTNERS or not repaired:
        return _failed(console, f"{len(partners)} partners were ordered from, {len(repaired)} refusals repaired.")
    draw_timeline(console, order_rows(order_of(order)))
    console.print(
        f"[green]✓[/] ordered from {len(partners)} partners; {len(refused)} refused, {len(repaired)} repaired; "
        f"{len(standing)} items confirmed for {_money(order['total'])}"
    )
    return 0


def _money(total: dict[str, Any]) -> str:
    return str(Money.model_validate(total))


def _narrate(console: Console, who: str, what: str) -> None:
    console.print(f"\n[bold magenta]{who}[/] {what}\n", highlight=False)


def _failed(console: Console, why: str) -> int:
    console.print(f"[bold red]✗ {why}[/]")
    return 1
