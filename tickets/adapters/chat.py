"""Chat by Apprise: a summary and a link, never what the customer wrote, since chats are read by many."""

from collections.abc import Mapping

import apprise

from feedback.errors import ConfigError, DeliveryError, DeliveryRefusedError
from tickets.message import Message

BODY_LIMIT = 1000
"""Characters; the smallest limit among the services (Teams workflows)."""


class ChatNotifier:
    """Posts to chats by name. `urls` maps each name to its Apprise address, which is a secret and never shown."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._chats = {name: _chat(name, url) for name, url in urls.items()}

    def send(self, message: Message) -> None:
        """Post the summary. Raises DeliveryError, or DeliveryRefusedError for a chat that is not configured."""
        chat = self._chats.get(message.target)
        if chat is None:
            raise DeliveryRefusedError(
                f"no chat is called {message.target!r}",
                where=f"notice {message.id}",
                allowed=", ".join(self._chats),
                next_step="add it under notices.chat in nanni.yaml, then `nanni notices replay`",
            )
        posted = chat.notify(
            title=message.subject, body=message.summary[:BODY_LIMIT], body_format=apprise.NotifyFormat.TEXT
        )
        if not posted:
            raise DeliveryError(
                f"chat {message.target!r} did not take it",
                where=f"notice {message.id}",
                next_step="check that its address is still valid",
            )


def _chat(name: str, url: str) -> apprise.Apprise:
    chat = apprise.Apprise()
    if not chat.add(url):
        raise ConfigError(
            f"the address of chat {name!r} is not one Apprise knows",
            where="nanni.yaml: notices.chat",
            next_step="see github.com/caronc/apprise/wiki for the form of its address (Teams: workflows://)",
        )
    return chat
