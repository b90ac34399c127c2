"""Every error a caller may see: a type with a stable code, an HTTP status and a sentence that helps.

One handler in the server turns them into RFC 9457 problem documents; nothing else formats errors.
"""

from typing import ClassVar


class FieldError(ValueError):
    """One field of a request and what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class UsoError(Exception):
    """Base of all errors of the product."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self, detail: str, *, errors: list[FieldError] | None = None, extra: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.extra = extra or {}


class InvalidRequestError(UsoError):
    """The request cannot be understood as it stands; ``errors`` names the fields."""

    code = "invalid_request"
    status = 422
    title = "The request is not valid"


class MalformedBodyError(UsoError):
    """The body is not JSON, or not UTF-8."""

    code = "malformed_body"
    status = 400
    title = "The body cannot be read"


class MalformedHeaderError(UsoError):
    """A header does not have the form it must have; ``errors`` names it."""

    code = "malformed_header"
    status = 400
    title = "A header cannot be read"


class NotAuthenticatedError(UsoError):
    """No or unknown credentials."""

    code = "not_authenticated"
    status = 401
    title = "Sign in first"


class NotAllowedError(UsoError):
    """The caller is known, and this is not theirs to do."""

    code = "not_allowed"
    status = 403
    title = "This is not yours to do"


class NotFoundError(UsoError):
    """There is no such thing, or it is not the caller's: the two are not told apart on purpose."""

    code = "not_found"
    status = 404
    title = "Not found"

    def __init__(self, noun: str, identifier: str) -> None:
        super().__init__(f"There is no {noun} {identifier!r} that you may see.")


class ThreadBusyError(UsoError):
    """The thread has a live run and the caller asked not to wait."""

    code = "thread_busy"
    status = 409
    title = "The thread is busy"

    def __init__(self, thread_id: str, run_id: str) -> None:
        super().__init__(
            f"Run {run_id} is still working on this thread. Follow it, or send on_busy 'enqueue' or 'cancel'.",
            extra={"run_id": run_id, "thread_id": thread_id},
        )


class InterruptGoneError(UsoError):
    """The interrupt was answered, replaced or has expired."""

    code = "interrupt_gone"
    status = 409
    title = "This question is no longer open"


class ConflictError(UsoError):
    """The state of the thing does not allow this now."""

    code = "conflict"
    status = 409
    title = "Not possible in the present state"


class TooLargeError(UsoError):
    """More bytes than we take."""

    code = "too_large"
    status = 413
    title = "Too large"


class SignatureInvalidError(UsoError):
    """A webhook's signature is missing, malformed, stale or wrong."""

    code = "signature_invalid"
    status = 401
    title = "The signature does not verify"


class ManifestError(UsoError):
    """A partner's manifest cannot be fetched or does not say what it must."""

    code = "manifest_invalid"
    status = 422
    title = "The partner's manifest cannot be used"


class AddressRefusedError(ManifestError):
    """The address points somewhere we must not go (private, link-local, not HTTPS)."""

    code = "address_refused"
    title = "This address is refused"


class PartnerError(UsoError):
    """A partner did not do what its protocol says: dead, late, lying or broken."""

    code = "partner_failed"
    status = 502
    title = "The partner did not answer as it should"


class UnavailableError(UsoError):
    """A server we depend on cannot be started or reached, or has no room left for us."""

    code = "unavailable"
    status = 503
    title = "A part of the service is not available now"


class ShuttingDownError(UsoError):
    """This process takes no new work."""

    code = "shutting_down"
    status = 503
    title = "This process is shutting down"


class RunTimeoutError(UsoError):
    """A run worked longer than one may."""

    code = "run_timeout"
    status = 504
    title = "It took too long"


class RunAbandonedError(UsoError):
    """A run was begun as often as one may be, and no process lived to see its end."""

    code = "run_abandoned"
    status = 500
    title = "The run was given up"


class CurrencyMismatchError(ValueError):
    """Money of two currencies was about to be added or compared."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"cannot combine {one} with {other}")
