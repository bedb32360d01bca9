"""Mail by SMTP: what the server says decides whether to try again."""

import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from feedback.errors import ConfigError, DeliveryError, DeliveryRefusedError, NanniError
from tickets.adapters.email_message import to_email
from tickets.message import Message

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Tls(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    SSL = "ssl"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes. Login data comes from the environment and is passed in; `timeout` is in seconds."""

    host: str = "localhost"
    port: int = 25
    tls: Tls = Tls.NONE
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 20.0

    def __post_init__(self) -> None:
        if self.username and self.tls is Tls.NONE and self.host not in _LOOPBACK:
            raise ConfigError(
                f"the password for {self.host} would travel unprotected",
                where="nanni.yaml: notices.mail.tls",
                allowed="starttls, ssl",
                next_step="set tls, or remove the login from the environment",
            )


class MailNotifier:
    """Sends each message in a connection of its own to the address that is its target."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    def send(self, message: Message) -> None:
        """Deliver to the server. Raises DeliveryError or DeliveryRefusedError."""
        email = to_email(message, message.target)
        where = f"{self._server.host}:{self._server.port}"
        try:
            with self._connect(message.sender.rpartition("@")[2]) as connection:
                self._secure(connection)
                connection.send_message(email)
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = next(iter(error.recipients.values()))
            raise _verdict(code, reply, where) from error
        except smtplib.SMTPAuthenticationError as error:
            # Not this message's fault: once the login is mended, the same attempt succeeds.
            raise DeliveryError(
                f"login refused: {error.smtp_code} {_words(error.smtp_error)}",
                where=where,
                next_step="correct the mail login in the environment",
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code, error.smtp_error, where) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                f"could not be sent: {error}", where=where, next_step="check notices.mail in nanni.yaml"
            ) from error

    def _connect(self, name: str) -> smtplib.SMTP:
        server = self._server
        # Our own name is given because smtplib would otherwise ask the resolver for it, which can take long.
        if server.tls is Tls.SSL:
            return smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=server.timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)

    def _secure(self, connection: smtplib.SMTP) -> None:
        if self._server.tls is Tls.STARTTLS:
            connection.starttls(context=ssl.create_default_context())
        if self._server.username:
            connection.login(self._server.username, self._server.password or "")


def _verdict(code: int, reply: bytes | str, where: str) -> NanniError:
    """A reply of 500 or more is for good, anything else passes."""
    told = f"{code} {_words(reply)}"
    if code >= 500:
        return DeliveryRefusedError(
            f"refused for good: {told}", where=where, next_step="correct the address, then `nanni notices replay`"
        )
    return DeliveryError(f"refused for now: {told}", where=where)


def _words(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
