"""Mail into a Maildir folder: the default, which needs no server and which any mail program can read."""

import os
from pathlib import Path

from feedback.errors import DeliveryError
from tickets.adapters.email_message import to_email
from tickets.message import Message


class MaildirNotifier:
    """Writes each message as one file whose name comes from the notice's id, so that a repeat changes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        """Write the mail, whole or not at all. Raises DeliveryError when the folder cannot be written."""
        content = to_email(message, message.target).as_bytes()
        name = f"{int(message.created_at.timestamp())}.{message.id}.nanni"
        try:
            self._write(name, content)
        except OSError as error:
            raise DeliveryError(
                f"cannot write the mail: {error.strerror}",
                where=str(self._folder),
                next_step="make room there, or let Nanni write to it",
            ) from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(exist_ok=True, mode=0o700)
        if (self._folder / "new" / name).exists() or any((self._folder / "cur").glob(f"{name}*")):
            return
        draft = self._folder / "tmp" / name
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / "new" / name)
