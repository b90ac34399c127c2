"""The ``uso`` command. Each command is a module of its own, imported only when it is called."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="uso",
    help="One sentence becomes a fulfilled bundle of services from many partners.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
partners_app = typer.Typer(help="The partner registry.", no_args_is_help=True)
app.add_typer(partners_app, name="partners")

Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]
Url = Annotated[str | None, typer.Option("--url", help="A running server; without it everything is brought along.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")]


def _end(command: Callable[[], int]) -> None:
    from server.cli.ending import ended

    raise typer.Exit(ended(command))


@app.command()
def chat(
    text: Annotated[str | None, typer.Argument(help="What you want; without it, a conversation.")] = None,
    thread: Annotated[str | None, typer.Option("--thread", help="Go on with this conversation.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Approve the proposal without asking.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print AG-UI events only, one a line.")] = False,
    url: Url = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the partners' answers after buying.")] = 20,
) -> None:
    """Say what you want; see it planned, proposed, bought and repaired."""
    from server.cli.chat import chat as run

    _end(lambda: run(text, thread=thread, approve=approve, as_json=json, url=url, wait=wait))


@app.command()
def demo() -> None:
    """The whole story in the terminal, on a fresh data folder: proposal, approval, orders, a refusal repaired."""
    from server.cli.demo import demo as run

    _end(run)


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Another langgraph.json.")] = None,
) -> None:
    """Serve HTTP: chat, streams, registry, webhooks, health and metrics."""
    from server.cli.listen import serve as run

    _end(lambda: run(host=host, port=port, workers=workers, config=config))


@app.command()
def simulate(
    host: Host = "127.0.0.1",
    port: Port = 8100,
    partners: Annotated[int, typer.Option(min=1, max=5000, help="How many.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed makes the same city.")] = 7,
    behaviours: Annotated[
        Literal["mixed", "accept"], typer.Option(help="mixed: some are difficult; accept: none is.")
    ] = "mixed",
) -> None:
    """Simulated partners, speaking UCP over real HTTP."""
    from server.cli.listen import simulate as run

    _end(lambda: run(host=host, port=port, partners=partners, seed=seed, behaviours=behaviours))


@partners_app.command("add")
def partners_add(
    manifest_url: Annotated[str, typer.Argument(metavar="URL", help="Address of its UCP profile.")], json: Json = False
) -> None:
    """Register a partner by the address of its UCP profile, and fetch its catalogue."""
    from server.cli import partners as commands

    _end(lambda: commands.add(manifest_url, as_json=json))


@partners_app.command("sync")
def partners_sync(json: Json = False) -> None:
    """Fetch every partner's profile and catalogue anew."""
    from server.cli import partners as commands

    _end(lambda: commands.sync(as_json=json))


@partners_app.command("list")
def partners_list(json: Json = False) -> None:
    """The partners that are registered."""
    from server.cli import partners as commands

    _end(lambda: commands.show(as_json=json))


@partners_app.command("validate")
def partners_validate(
    file_or_url: Annotated[str, typer.Argument(metavar="FILE_OR_URL", help="A UCP profile.")], json: Json = False
) -> None:
    """Check a UCP profile without registering it."""
    from server.cli import partners as commands

    _end(lambda: commands.validate(file_or_url, as_json=json))


@app.command()
def bench(
    name: Annotated[
        Literal["overhead", "turns", "plans", "reading"] | None,
        typer.Argument(help="overhead, turns, plans or reading; without it, all."),
    ] = None,
    json: Json = False,
    seconds: Annotated[
        float, typer.Option(min=1, max=120, help="How long each load lasts, and each size of day or registry.")
    ] = 8,
) -> None:
    """Measure on this machine: the server's own overhead, turns from a sentence to a proposal, planner and reader."""
    from server.cli.bench import bench as run

    _end(lambda: run(name, as_json=json, seconds=seconds))


@app.command(name="eval")
def evaluate(
    suite: Annotated[
        str | None,
        typer.Argument(
            help="scenarios, intents, scope, sgd, or one of your own as module:Class; "
            "without it all that bring their own data."
        ),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Folder of a suite's data (sgd: one split).")
    ] = None,
    json: Json = False,
    only: Annotated[str | None, typer.Option(metavar="PATTERN", help="Cases whose id contains this pattern.")] = None,
    tag: Annotated[str | None, typer.Option(help="Cases with this tag.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many cases.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Try each case so often; gives pass^k.")] = 1,
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="Cases at once; by default what suits.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the reports; by default in the data folder.")] = None,
    baselines: Annotated[Path | None, typer.Option(help="Folder of baselines; by default the project's.")] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Accept the figures as the new baseline.")
    ] = False,
) -> None:
    """Measure how well requests are understood and fulfilled; exit code 1 when a figure fell below its baseline."""
    from evals.harness.suite import Options, Selection
    from server.cli.eval import evaluate as run

    options = Options(data, Selection(only, tag, limit), repeat, jobs)
    _end(lambda: run(suite, options, out=out, as_json=json, baselines=baselines, update_baseline=update_baseline))


@app.command()
def doctor(json: Json = False) -> None:
    """Check what this machine has, what would be used, and what is missing."""
    from server.cli.doctor import doctor as run

    _end(lambda: run(as_json=json))
