from io import StringIO

from tests.tickets.test_message import sent
from tickets.adapters.console import ConsoleNotifier


def test_subject_and_text_are_printed() -> None:
    out = StringIO()
    ConsoleNotifier(out).send(sent())
    assert out.getvalue() == f"{sent().subject}\n\n{sent().text}\n"
