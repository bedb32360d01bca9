"""Mail over a real connection on loopback."""

import socket
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.errors import ConfigError, DeliveryError, DeliveryRefusedError
from tests.tickets.adapters.servers import smtp_server
from tests.tickets.test_message import sent
from tickets.adapters.email_message import to_email
from tickets.adapters.mail import MailNotifier, SmtpServer, Tls


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_a_message_arrives_with_both_parts_and_its_headers() -> None:
    with smtp_server() as server:
        MailNotifier(SmtpServer("127.0.0.1", server.port)).send(sent())
    mail = parsed(server.received[0])
    assert mail["To"] == "amira@example.org"
    assert mail["Subject"] == sent().subject
    assert mail["Date"] == "Wed, 11 Mar 2026 10:00:00 +0000"
    assert all(mail[name] == value for name, value in sent().headers)
    assert body(mail, "plain").replace("\r\n", "\n").rstrip() == sent().text.rstrip()
    assert "The parcel never arrived." in body(mail, "html")
    assert server.greetings == ["example.org"]


def test_every_attempt_sends_the_same_bytes() -> None:
    with smtp_server() as server:
        for _ in range(2):
            MailNotifier(SmtpServer("127.0.0.1", server.port)).send(sent())
    assert server.received[0] == server.received[1]


@pytest.mark.parametrize(
    "replies",
    [
        {"MAIL": "451 later"},
        {"RCPT": "450 mailbox busy"},
        {"END": "452 no room"},
        {"DATA": "421 going away"},
        {"EHLO": "421 going away", "HELO": "421 going away"},
    ],
)
def test_a_refusal_for_now_is_retryable(replies: dict[str, str]) -> None:
    with smtp_server(**replies) as server, pytest.raises(DeliveryError, match="refused for now: 4"):
        MailNotifier(SmtpServer("127.0.0.1", server.port)).send(sent())


@pytest.mark.parametrize("replies", [{"MAIL": "550 no"}, {"RCPT": "550 no such mailbox"}, {"END": "554 spam"}])
def test_a_refusal_for_good_is_not(replies: dict[str, str]) -> None:
    with smtp_server(**replies) as server, pytest.raises(DeliveryRefusedError, match="refused for good: 55"):
        MailNotifier(SmtpServer("127.0.0.1", server.port)).send(sent())


def test_a_wrong_password_is_ours_to_mend_and_so_retryable() -> None:
    login = SmtpServer("127.0.0.1", 0, username="nanni", password="wrong")
    with smtp_server(AUTH="535 no") as server, pytest.raises(DeliveryError, match="login refused: 535"):
        MailNotifier(replace(login, port=server.port)).send(sent())


def test_a_server_that_is_not_there_is_retryable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{port}: could not be sent"):
        MailNotifier(SmtpServer("127.0.0.1", port, timeout=2)).send(sent())


def test_a_server_without_tls_gets_nothing_when_tls_is_wanted() -> None:
    with smtp_server() as server, pytest.raises(DeliveryError, match="STARTTLS"):
        MailNotifier(SmtpServer("127.0.0.1", server.port, Tls.STARTTLS)).send(sent())
    assert server.received == []


def test_a_server_that_speaks_no_tls_is_retryable() -> None:
    with smtp_server() as server, pytest.raises(DeliveryError, match=r"could not be sent: .*SSL"):
        MailNotifier(SmtpServer("127.0.0.1", server.port, Tls.SSL)).send(sent())


def test_a_password_never_travels_unprotected_nor_is_it_printed() -> None:
    with pytest.raises(ConfigError, match="would travel unprotected"):
        SmtpServer("mail.example.org", username="nanni", password="secret")
    assert "secret" not in repr(SmtpServer("mail.example.org", tls=Tls.SSL, username="nanni", password="secret"))


@pytest.mark.parametrize("target", ["nobody", "a@b.c\r\nBcc: eve@example.org", "a@b.c, eve@example.org", ""])
def test_a_bad_address_is_refused_for_good(target: str) -> None:
    with pytest.raises(DeliveryRefusedError, match="is not a mail address"):
        to_email(replace(sent(), target=target), target)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_no_text_can_add_a_header(text: str) -> None:
    subject = f"before{text}\r\nBcc: eve@example.org\n\nafter"
    message = replace(sent(), subject=subject, headers=(*sent().headers, ("X-Nanni-Test", subject)))
    mail = parsed(to_email(message, "amira@example.org").as_bytes())
    plain = parsed(to_email(sent(), "amira@example.org").as_bytes())
    assert [*plain.keys()] == [name for name in mail.keys() if name != "X-Nanni-Test"]
    assert mail["Bcc"] is None
