from dataclasses import replace

import pytest

from feedback.errors import ConfigError, DeliveryError, DeliveryRefusedError
from tests.tickets.adapters.servers import json_server
from tests.tickets.test_message import sent
from tickets.adapters.chat import BODY_LIMIT, ChatNotifier
from tickets.notice import Channel

# Loading its services, Apprise 1.13 imports a module that Python 3.13 drops (it has its own substitute there).
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MESSAGE = replace(sent(), channel=Channel.CHAT, target="cx")


def test_a_chat_gets_summary_and_link_but_no_customer_text() -> None:
    with json_server() as server:
        ChatNotifier({"cx": f"json://127.0.0.1:{server.port}/hook"}).send(MESSAGE)
    (posted,) = server.posted
    assert posted["title"] == MESSAGE.subject
    assert "https://desk.example.org/tickets/N-1" in posted["message"]
    assert "never arrived" not in str(posted) and "Jo Field" not in str(posted)


def test_a_long_summary_is_cut_to_what_every_service_takes() -> None:
    with json_server() as server:
        ChatNotifier({"cx": f"json://127.0.0.1:{server.port}"}).send(replace(MESSAGE, summary="a" * 5000))
    assert len(server.posted[0]["message"]) <= BODY_LIMIT


def test_a_service_that_fails_is_tried_again() -> None:
    with json_server(status=500) as server, pytest.raises(DeliveryError, match="chat 'cx' did not take it"):
        ChatNotifier({"cx": f"json://127.0.0.1:{server.port}"}).send(MESSAGE)


def test_an_unknown_chat_is_refused_for_good() -> None:
    with pytest.raises(DeliveryRefusedError, match="no chat is called 'cx'"):
        ChatNotifier({}).send(MESSAGE)


def test_a_bad_address_is_a_config_error_that_does_not_show_it() -> None:
    with pytest.raises(ConfigError, match="chat 'cx'") as caught:
        ChatNotifier({"cx": "msteams-old://secret-token"})
    assert "secret-token" not in str(caught.value)
