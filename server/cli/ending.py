"""How a command ends: the sentence a person reads, and the exit code a script sees.

0 done, 1 failed, 2 bad usage (options or settings), 130 interrupted with Ctrl-C. Whatever is expected to go wrong ends
in one sentence on standard error; only what is not ends in a traceback.
"""

import os
import sys
from collections.abc import Callable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.errors import UsoError
from schemas.settings import Settings

FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130


class CommandError(Exception):
    """The command cannot go on; the sentence says what to do about it."""

    def __init__(self, sentence: str, *, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


def ended(command: Callable[[], int]) -> int:
    """Run a command to its end; returns its exit code."""
    try:
        return command()
    except CommandError as error:
        return _told(str(error), error.code)
    except UsoError as error:
        return _told(error.detail, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone; what is still buffered must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        about = f"{error.filename}: " if error.filename else ""
        return _told(f"{about}{error.strerror or error}", FAILED)


def _told(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


def read_settings() -> Settings:
    """The settings of the environment and ``.env``.

    Raises:
        CommandError: one of them has no usable value; the sentence names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_variable(one)}: {one.get('ctx', {}).get('error', one['msg'])}" for one in error.errors()]
        raise CommandError("\n".join(["These settings cannot be used:", *wrong]), code=BAD_USAGE) from error
    except UnicodeDecodeError as error:
        raise CommandError("The file .env is not UTF-8.", code=BAD_USAGE) from error


def quiet(settings: Settings) -> Settings:
    """The same settings, with errors logged only unless a level was asked for: a command's answer is what it prints."""
    return settings if "log_level" in settings.model_fields_set else settings.with_(log_level="error")


def _variable(error: ErrorDetails) -> str:
    field = str(error["loc"][0])
    return field if field.isupper() else f"USO_{field.upper()}"
