from tests.tickets.builders import NOW
from tickets.notice import Audience, Channel, NoticeKind, notice_id, notices, summary_notices


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


def test_a_summary_has_one_id_a_period_and_manager() -> None:
    (one,) = summary_notices("2026-02", Audience(), "amira@example.org", NOW)
    (again,) = summary_notices("2026-02", Audience(), "amira@example.org", NOW)
    (march,) = summary_notices("2026-03", Audience(), "amira@example.org", NOW)
    (ben,) = summary_notices("2026-02", Audience(), "ben@example.org", NOW)
    assert one == again and len({one.id, march.id, ben.id}) == 3
    assert (one.kind, one.ticket, one.about) == (NoticeKind.SUMMARY, "", "2026-02")
