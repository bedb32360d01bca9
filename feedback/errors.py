"""The one error family: each message says what, where, what is allowed and what to do next."""

from typing import Any, ClassVar


class NanniError(Exception):
    """Root of every error Nanni raises on purpose.

    `what` happened, `where` (file, line, row, rule or ticket), the values `allowed`, and the `next_step` a person can
    take; each is kept as an attribute. `retryable` says whether the same call may succeed later without a change.
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", allowed: str = "", next_step: str = "") -> None:
        self.what, self.where, self.allowed, self.next_step = what, where, allowed, next_step
        super().__init__(self._sentence())

    def __reduce__(self) -> tuple[Any, ...]:
        # Whatever a subclass's constructor asks for: an error crosses from a worker process as it was raised.
        return _raised_elsewhere, (type(self), self.args, self.__dict__)

    def _sentence(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        if self.next_step:
            parts.append(f"Next: {self.next_step}.")
        return " ".join(part if part.endswith((".", ":")) else f"{part}." for part in parts)


def _raised_elsewhere(kind: type[NanniError], args: tuple[Any, ...], told: dict[str, Any]) -> NanniError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(told)
    return error


class ConfigError(NanniError):
    """A workspace file or setting is wrong; nothing was run."""

    exit_code = 2


class SourceError(NanniError):
    """A source as a whole cannot be read (wrong file, encoding, missing column); nothing was written."""

    exit_code = 3


class ContractFault(NanniError):
    """The data contract itself failed to run: a fault of ours or of the suite, not bad data."""

    exit_code = 4


class StoreError(NanniError):
    """The ledger or warehouse refused or could not be reached."""

    exit_code = 5


class StaleWriteError(StoreError):
    """Somebody changed the record meanwhile; says what changed."""


class NotFoundError(NanniError):
    """The thing named does not exist."""

    exit_code = 6


class DeliveryError(NanniError):
    """A notice could not be delivered now; the outbox tries again."""

    retryable = True
    exit_code = 7


class DeliveryRefusedError(NanniError):
    """A notice was refused for good (bad address, rejected content); it goes to the dead letters."""

    exit_code = 7


class ConservationError(NanniError):
    """Rows received do not equal rows accounted for: invariant 1 is broken."""

    exit_code = 8


class MissingExtraError(NanniError):
    """An optional dependency is needed; the message names the exact install command."""

    exit_code = 9
