"""Where `nanni desk` says that it is."""

import pytest

from nanni.cli.desk import address


@pytest.mark.parametrize("configured", ["", "http://127.0.0.1:8750", "http://localhost:8321", "http://[::1]:8750/"])
def test_on_this_machine_it_is_where_it_listens(configured: str) -> None:
    assert address(configured, "127.0.0.1", 8791) == "http://127.0.0.1:8791"


def test_behind_a_proxy_it_is_where_people_reach_it() -> None:
    assert address("https://desk.example.org", "127.0.0.1", 8791) == "https://desk.example.org"
