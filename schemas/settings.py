"""Every setting, read once from the environment or ``.env``. Nothing set means embedded mode."""

import math
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ModelOutput = Literal["auto", "json_schema", "function_calling", "json_mode"]

_ADDRESSES = {
    "database_url": (("postgresql", "postgres"), "postgresql://user:password@host:5432/name"),
    "redis_url": (("redis", "rediss", "unix"), "redis://host:6379"),
}


class Settings(BaseSettings):
    """The process's settings; ``.env.example`` lists and explains them all."""

    model_config = SettingsConfigDict(
        env_prefix="USO_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    # servers
    database_url: str | None = Field(default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url"))
    redis_url: str | None = Field(default=None, validation_alias=AliasChoices("REDIS_URL", "redis_url"))
    data_dir: Path = Path.home() / ".local" / "share" / "uso"
    database_pool: int = Field(default=16, ge=2, description="most Postgres connections a process opens")

    # models
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "openai_api_key")
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url")
    )
    azure_openai_endpoint: str | None = Field(
        default=None, validation_alias=AliasChoices("AZURE_OPENAI_ENDPOINT", "azure_openai_endpoint")
    )
    azure_openai_api_version: str = Field(
        default="2024-10-21", validation_alias=AliasChoices("OPENAI_API_VERSION", "azure_openai_api_version")
    )
    model: str = "gpt-5-mini"
    model_timeout: float = Field(default=6.0, gt=0, description="seconds the model has for one message")
    model_output: ModelOutput = Field(default="auto", description="how the model's server takes a schema")
    model_effort: str | None = Field(default=None, description="for models that reason: minimal, low, medium, high")

    # the person, until they say otherwise
    zone: str = "America/Chicago"
    currency: str = "USD"
    home: str = Field(default="Home|41.8925|-87.6345", description="name|latitude|longitude")

    # partners
    allow_loopback: bool | None = Field(default=None, description="fetch manifests from this machine; embedded: yes")
    partner_timeout: float = Field(default=2.0, gt=0, description="seconds one live question to a partner may take")
    answer_timeout: float = Field(default=120.0, gt=0, description="seconds a partner has to accept an order line")
    public_url: str | None = Field(default=None, description="where partners reach us; unset: see .env.example")
    simulator: bool | None = Field(default=None, description="start simulated partners; embedded: yes")
    simulator_url: str | None = Field(default=None, description="use a simulator that is already running")

    # runs
    lease_seconds: float = Field(default=15.0, gt=0)
    sweep_seconds: float = Field(default=2.0, gt=0, description="how often lapsed and queued runs are looked for")
    run_seconds: float = Field(default=120.0, gt=0, description="the longest one run may work")
    max_attempts: int = Field(default=3, ge=1)
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    connection_seconds: float = Field(default=600.0, gt=0, description="longest life of one SSE connection")
    interrupt_hours: float = Field(default=24.0, gt=0)
    graphs_config: Path | None = Field(default=None, description="a langgraph.json; ours by default")

    # callers: "key=user" pairs, comma separated; none set means one local user and no sign-in
    api_keys: SecretStr | None = None
    api_key: SecretStr | None = Field(default=None, description="what the command line sends to the server of --url")
    log_level: str = Field(default="info", pattern="^(?i:debug|info|warning|error|critical)$")
    log_format: str = Field(default="console", pattern="^(console|json)$")

    @field_validator("data_dir")
    @classmethod
    def _from_home(cls, folder: Path) -> Path:
        return folder.expanduser()

    @field_validator("database_url", "redis_url")
    @classmethod
    def _is_an_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        schemes, example = _ADDRESSES[info.field_name or ""]
        pairs = info.field_name == "database_url" and "://" not in (url or "") and "=" in (url or "")
        if url and not pairs:  # PostgreSQL also takes "host=… dbname=…"
            try:
                known = urlsplit(url).scheme in schemes and urlsplit(url).port != 0
            except ValueError:
                known = False
            if not known:
                raise ValueError(f"must be an address such as {example}")
        return url

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"there is no time zone {zone!r}; an IANA name such as America/Chicago is meant"
            ) from error
        return zone

    @field_validator("home")
    @classmethod
    def _home_is_a_place(cls, home: str) -> str:
        try:
            _, lat, lon = home.split("|")
            at = float(lat), float(lon)
        except ValueError:
            at = math.nan, math.nan
        if not (abs(at[0]) <= 90 and abs(at[1]) <= 180):
            raise ValueError(f"must be name|latitude|longitude, such as Home|41.8925|-87.6345, not {home!r}")
        return home

    @property
    def embedded(self) -> bool:
        """Whether this process brings its own Postgres."""
        return self.database_url is None

    @property
    def loopback_allowed(self) -> bool:
        """Whether partners on this machine may be talked to."""
        return self.embedded if self.allow_loopback is None else self.allow_loopback

    @property
    def simulates_partners(self) -> bool:
        """Whether this process brings simulated partners along."""
        return (self.embedded and self.graphs_config is None) if self.simulator is None else self.simulator

    def with_(self, **changes: object) -> Self:
        """A copy with some settings changed."""
        return self.model_copy(update=changes)
