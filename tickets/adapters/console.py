"""Notices to a text stream: for trying things out, and for a system log."""

from typing import TextIO

from tickets.message import Message


class ConsoleNotifier:
    """Writes subject and text of each message."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def send(self, message: Message) -> None:
        """Write the message and a blank line."""
        self._out.write(f"{message.subject}\n\n{message.text}\n")
        self._out.flush()
