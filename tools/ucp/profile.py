"""Partner profiles: fetched, checked against the protocol, and reduced to what the registry keeps.

Older profile forms (2026-01-11's lists, ``signing_keys``) are brought into the present one before the checks, so
there is one reader. The document itself is validated by ucp-sdk's models; the vendor capability that describes
services and the place is ours and validated by our own.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ucp_sdk.models.schemas.profile import BusinessSchema, PlatformSchema

from schemas.base import Value
from schemas.capability import Capability
from schemas.errors import AddressRefusedError, ManifestError, PartnerError
from schemas.place import Place
from tools.http import PartnerHttp, read_json
from tools.ucp import wording


class ParsedProfile(Value):
    """What a partner says of itself."""

    url: str
    version: str
    name: str
    endpoint: str
    keys: list[dict[str, Any]]
    features: list[str] = Field(description="names of the UCP capabilities that both sides speak")
    capabilities: list[Capability] = Field(description="what it says it does; empty: infer it from the catalogue")
    payment_handlers: list[dict[str, Any]]
    place: Place | None = None
    rating: float | None = None


class _ServicesConfig(BaseModel):
    model_config = ConfigDict(extra="ignore")  # a partner may say more than we read

    name: str | None = Field(default=None, max_length=200)
    place: Place | None = None
    services: list[Capability] = Field(default_factory=list, max_length=50)
    rating: float | None = Field(default=None, ge=0, le=5)


async def fetch_profile(http: PartnerHttp, url: str, *, within: float | None = None) -> ParsedProfile:
    """Fetch and check the profile at ``url``; follows ``supported_versions`` to the newest version we both speak.

    Raises:
        AddressRefusedError: the profile, or an address in it, is somewhere we must not go.
        ManifestError: it cannot be fetched, or says what it must not; the sentence names the fault.
    """
    document = await _fetch(http, url, within)
    version, leaf = _version(document)
    if leaf is not None:
        document = await _fetch(http, leaf, within)
        if _version(document)[0] != wording.VERSION:
            raise ManifestError(f"{leaf} is listed as version {wording.VERSION} but says {version!r}.")
    profile = _parse(url, document)
    try:
        http.check(profile.endpoint)
    except AddressRefusedError as error:
        raise AddressRefusedError(f"The profile's REST endpoint is refused: {error.detail}") from error
    return profile


def parse_profile(content: bytes, url: str) -> ParsedProfile:
    """Check a profile that is already here, as :func:`fetch_profile` would, without going anywhere.

    Raises:
        ManifestError: it is no profile that we can use; the sentence names the fault.
    """
    try:
        document = read_json(content, url, strict=True)
    except PartnerError as error:
        raise ManifestError(error.detail) from error
    _version(_with_ucp(document))
    return _parse(url, document)


async def _fetch(http: PartnerHttp, url: str, within: float | None) -> dict[str, Any]:
    try:
        reply = await http.request("GET", url, within=within, strict=True)
    except PartnerError as error:
        raise ManifestError(f"The profile cannot be fetched: {error.detail}") from error
    if reply.status != 200:
        raise ManifestError(f"{url} answered with status {reply.status}.")
    return _with_ucp(reply.data)


def _with_ucp(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict) or not isinstance(document.get("ucp"), dict):
        raise ManifestError("The profile has no 'ucp' object; is this a UCP profile?")
    return document


def _version(document: dict[str, Any]) -> tuple[Any, str | None]:
    """The version of the document, and where the profile of our own version is if this is another."""
    ucp = document["ucp"]
    version = ucp.get("version")
    if version == wording.VERSION:
        return version, None
    offered = ucp.get("supported_versions")
    leaf = offered.get(wording.VERSION) if isinstance(offered, dict) else None
    if not isinstance(leaf, str) and version not in wording.READABLE:
        raise ManifestError(f"The profile speaks UCP {version!r}; we speak {', '.join(wording.READABLE)}.")
    return version, leaf if isinstance(leaf, str) else None


def _parse(url: str, document: dict[str, Any]) -> ParsedProfile:
    document = _modern(document)
    try:
        profile = BusinessSchema.model_validate(document)
    except ValidationError as error:
        raise ManifestError(f"The profile is not a UCP business profile: {explain(error)}.") from error
    ucp: dict[str, Any] = document["ucp"]
    capabilities: dict[str, list[dict[str, Any]]] = ucp.get("capabilities") or {}
    for registry in (ucp["services"], capabilities, ucp["payment_handlers"]):
        for name, entries in registry.items():
            for entry in entries:
                _check_authority(name, entry)
    features = [name for name in wording.OURS if capabilities.get(name)]
    if wording.LOOKUP not in features or wording.SEARCH not in features:
        raise ManifestError(
            f"The profile must list {wording.SEARCH} and {wording.LOOKUP}: without a catalogue nothing can be found."
        )
    config = _services_config(capabilities.get(wording.SERVICES) or [])
    return ParsedProfile(
        url=url,
        version=ucp["version"],
        name=config.name or _host(url),
        endpoint=_rest_endpoint(ucp["services"]),
        keys=[key.model_dump(mode="json", exclude_none=True) for key in profile.keys or []],
        features=features,
        capabilities=config.services,
        payment_handlers=[
            {**entry, "name": name} for name, entries in ucp["payment_handlers"].items() for entry in entries
        ],
        place=config.place,
        rating=config.rating,
    )


def _modern(document: dict[str, Any]) -> dict[str, Any]:
    """The document in the present form: registries keyed by name, keys under ``keys``."""
    ucp = dict(document["ucp"])
    if isinstance(ucp.get("capabilities"), list):
        ucp["capabilities"] = _by_name(ucp["capabilities"])
    services = ucp.get("services")
    if isinstance(services, dict):
        ucp["services"] = {
            name: [{"version": entry.get("version"), "spec": entry.get("spec"), "transport": "rest", **entry["rest"]}]
            if isinstance(entry, dict) and isinstance(entry.get("rest"), dict)
            else entry
            for name, entry in services.items()
        }
    payment = document.get("payment")
    if "payment_handlers" not in ucp:
        handlers = payment.get("handlers") if isinstance(payment, dict) else None
        ucp["payment_handlers"] = _by_name(handlers) if isinstance(handlers, list) else {}
    result = {**document, "ucp": ucp}
    if "keys" not in result and "signing_keys" in result:
        result["keys"] = result.pop("signing_keys")
    return result


def _by_name(entries: list[Any]) -> dict[str, list[Any]]:
    result: dict[str, list[Any]] = {}
    for entry in entries:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            raise ManifestError("The profile lists a capability or payment handler that has no name.")
        result.setdefault(name, []).append(entry)
    return result


def _check_authority(name: str, entry: dict[str, Any]) -> None:
    """A name belongs to a domain ("dev.ucp.…" to ucp.dev); its documents must be served from there."""
    labels = name.split(".")
    for field in ("spec", "schema"):
        url = entry.get(field)
        if url is None:
            continue
        host = _host(str(url)).split(".")[::-1]
        if not str(url).startswith("https://") or len(host) < 2 or labels[: len(host)] != host:
            raise ManifestError(
                f"{name} has its {field} at {str(url)[:200]!r}, which is not on the domain that owns "
                f"the name ({'.'.join(reversed(labels[:2]))})."
            )


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1].split(":", 1)[0].lower()


def _services_config(entries: list[dict[str, Any]]) -> _ServicesConfig:
    config: Any = next((entry["config"] for entry in entries if entry.get("config")), {})
    try:
        return _ServicesConfig.model_validate(config)
    except ValidationError as error:
        raise ManifestError(f"The config of {wording.SERVICES} is not valid: {explain(error)}.") from error


def _rest_endpoint(services: dict[str, list[dict[str, Any]]]) -> str:
    for entry in services.get(wording.SHOPPING) or []:
        if entry.get("transport") == "rest" and entry.get("endpoint"):
            return str(entry["endpoint"]).rstrip("/")
    raise ManifestError(f"The profile offers no REST transport for {wording.SHOPPING}; it is the one we speak.")


def explain(error: ValidationError) -> str:
    """The first faults of a validation, in one line: where, and what."""
    faults = error.errors(include_url=False, include_input=False)
    text = "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults[:3])
    return text if len(faults) <= 3 else f"{text}; and {len(faults) - 3} more"


def platform_profile(public_url: str, partner_id: str, keys: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Our own profile as one partner sees it: what we speak, and the address for its order webhooks."""
    base = public_url.rstrip("/")

    def entry(name: str, **more: Any) -> dict[str, Any]:
        docs = wording.UCP_DOCS if name.startswith("dev.ucp.") else wording.VENDOR_DOCS
        return {
            "version": wording.VERSION,
            "spec": f"{docs}/specification/{name}",
            "schema": f"{docs}/schemas/{name}.json",
            **more,
        }

    capabilities = {name: [entry(name)] for name in wording.OURS}
    capabilities[wording.ORDER] = [
        entry(wording.ORDER, config={"webhook_url": f"{base}/webhooks/partners/{partner_id}"})
    ]
    capabilities[wording.BOOKING] = [entry(wording.BOOKING, extends=[wording.CHECKOUT, wording.LOOKUP])]
    document = {
        "ucp": {
            "version": wording.VERSION,
            "services": {wording.SHOPPING: [entry(wording.SHOPPING, transport="rest")]},
            "capabilities": capabilities,
            "payment_handlers": {wording.ESCROW: [entry(wording.ESCROW, id="escrow")]},
        },
        "keys": keys or [],
    }
    PlatformSchema.model_validate(document)
    return document
