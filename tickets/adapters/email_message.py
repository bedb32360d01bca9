"""A rendered message as a standard mail: plain text and HTML alternatives, deterministic to the byte."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from feedback.errors import DeliveryRefusedError
from tickets.message import Message, clean, is_address


def to_email(message: Message, recipient: str) -> EmailMessage:
    """The mail to one recipient. Raises DeliveryRefusedError for what is not one plain address."""
    email = EmailMessage(policy=SMTP)
    email["From"] = _address(message.sender, message)
    email["To"] = _address(recipient, message)
    email["Subject"] = clean(message.subject)
    email["Date"] = format_datetime(message.created_at)
    for name, value in message.headers:
        email[name] = clean(value)
    email.set_content(message.text, cte="quoted-printable")
    email.add_alternative(message.html, subtype="html", cte="quoted-printable")
    email.set_boundary(f"=_{message.id}")
    return email


def _address(value: str, message: Message) -> Address:
    if not is_address(value):
        raise DeliveryRefusedError(
            f"{clean(value)!r} is not a mail address",
            where=f"notice {message.id}",
            next_step="correct the owner's email in routing.yaml or the sender in nanni.yaml",
        )
    user, _, domain = value.rpartition("@")
    return Address(username=user, domain=domain)
