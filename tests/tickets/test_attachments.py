"""What may be attached: names that are safe anywhere, kinds by content, limits that say what is allowed."""

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.builders import NOW, candidate, planned
from tickets.attachments import NAME_LENGTH, Limits, attach, media_type, named, safe_name
from tickets.lifecycle import LifecycleError

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
DIGEST = "ab" * 32


def office(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\jo\bill.pdf", "bill.pdf"),
        ("in\u202evoice\u0000gpj.exe", "invoicegpj.exe"),
        ('a<b>"c|d?.txt', "a_b_c_d_.txt"),
        ("...", "file"),
        ("con.txt", "file_con.txt"),
        ("Quittung für Möbel.pdf", "Quittung für Möbel.pdf"),
        ("", "file"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_every_name_is_short_has_no_path_and_stays_itself(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= NAME_LENGTH
    assert not set(safe) & set('/\\:*?"<>|\n\r\t\0') and safe not in (".", "..") and not safe.startswith(".")
    assert all(unicodedata.category(letter)[0] != "C" for letter in safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PNG, "photo.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0", "x", "image/jpeg"),
        (b"%PDF-1.7", "x.txt", "application/pdf"),
        (b"MZ\x90\x00", "holiday.jpg", "application/x-executable"),
        (b"  <!DOCTYPE html><p>", "a.txt", "text/html"),
        (b"<svg onload=alert(1)>", "a.png", "text/html"),
        (b"one,two\n", "a.csv", "text/csv"),
        ("Größe".encode(), "a.png", "text/plain"),
        (b"\xe4\xff", "a.txt", "application/octet-stream"),
        (b"a\x00b", "a.txt", "application/octet-stream"),
        (office("a.txt"), "a.docx", "application/zip"),
        (
            office("[Content_Types].xml", "word/document.xml"),
            "a",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "a.docx", "application/zip"),
    ],
)
def test_the_kind_is_read_off_the_content(content: bytes, name: str, kind: str) -> None:
    assert media_type(content, name) == kind


def test_a_file_is_an_event_whose_name_and_digest_can_be_erased() -> None:
    ticket = planned([candidate()]).opened[0]
    (event,) = attach(ticket, "amira", NOW, "../photo of Jo.png", PNG, DIGEST, 0, Limits()).events
    assert event.data == (("media_type", "image/png"), ("size", str(len(PNG))))
    assert named(event.note) == ("photo of Jo.png", DIGEST)
    assert named("") == ("", "")


@pytest.mark.parametrize(
    ("content", "held", "told"),
    [
        (b"", 0, "the file is empty"),
        (PNG * 10, 0, "280 bytes are too many"),
        (PNG, 2, "the ticket has 2 files"),
        (b"MZ\x90\x00", 0, "its content is application/x-executable"),
    ],
)
def test_what_is_not_allowed_says_what_is(content: bytes, held: int, told: str) -> None:
    ticket = planned([candidate()]).opened[0]
    with pytest.raises(LifecycleError, match=told) as refused:
        attach(ticket, "amira", NOW, "a.png", content, DIGEST, held, Limits(100, 2))
    assert "at most 100 bytes and 2 files of image/png" in str(refused.value.allowed)
