from dataclasses import replace
from mailbox import Maildir
from pathlib import Path

import pytest

from feedback.errors import DeliveryError, DeliveryRefusedError
from tests.tickets.test_message import sent
from tickets.adapters.maildir import MaildirNotifier


def test_a_mail_program_finds_the_mail(tmp_path: Path) -> None:
    MaildirNotifier(tmp_path / "mail").send(sent())
    (mail,) = Maildir(tmp_path / "mail", create=False)
    assert mail["X-Nanni-Ticket"] == "N-1"
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0, "customers' words are for the owner's eyes"
    assert "The parcel never arrived." in str(mail)


def test_a_repeat_changes_nothing_even_after_reading(tmp_path: Path) -> None:
    notifier = MaildirNotifier(tmp_path)
    notifier.send(sent())
    notifier.send(sent())
    (unread,) = (tmp_path / "new").iterdir()
    unread.rename(tmp_path / "cur" / f"{unread.name}:2,S")
    notifier.send(sent())
    assert len(list(Maildir(tmp_path, create=False))) == 1
    assert not list((tmp_path / "tmp").iterdir())


def test_a_folder_that_cannot_be_written_is_retryable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryError, match="cannot write the mail"):
        MaildirNotifier(tmp_path / "file").send(sent())


def test_a_bad_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeliveryRefusedError):
        MaildirNotifier(tmp_path).send(replace(sent(), target="nobody"))
