from tests.tickets.builders import NOW
from tickets.notice import Audience, Channel, NoticeKind, notice_id, notices


def test_an_id_is_derived_from_what_is_told_to_whom() -> None:
    one = notice_id(NoticeKind.TICKET_OPENED, "N-1", 1, Channel.MAIL, "amira@example.org")
    assert one.startswith("n_") and len(one) == 22
    assert one == notice_id(NoticeKind.TICKET_OPENED, "N-1", 1, Channel.MAIL, "amira@example.org")
    others = {
        notice_id(NoticeKind.OVERDUE, "N-1", 1, Channel.MAIL, "amira@example.org"),
        notice_id(NoticeKind.TICKET_OPENED, "N-11", 1, Channel.MAIL, "amira@example.org"),
        notice_id(NoticeKind.TICKET_OPENED, "N-1", 2, Channel.MAIL, "amira@example.org"),
        notice_id(NoticeKind.TICKET_OPENED, "N-1", 1, Channel.CHAT, "amira@example.org"),
        notice_id(NoticeKind.TICKET_OPENED, "N-1", 1, Channel.MAIL, "bo@example.org"),
    }
    assert len(others | {one}) == 6


def test_without_an_address_there_is_no_mail() -> None:
    told = notices(NoticeKind.OVERDUE, "N-1", 3, Audience(chats=("cx", "stores")), "", NOW)
    assert [(notice.channel, notice.target) for notice in told] == [(Channel.CHAT, "cx"), (Channel.CHAT, "stores")]
