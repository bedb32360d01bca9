"""Signing in and staying signed in: lock-out, a new session for each sign-in, two ways to expire, all written down."""

import secrets
from datetime import datetime, timedelta

from desk.errors import SignInError, TooManyError
from desk.security.limits import Guesses
from desk.security.passwords import Passwords
from feedback.errors import NotFoundError
from ledger.accounts import (
    Account,
    Session,
    account_by_login,
    end_old_sessions,
    end_session,
    find_session,
    log_access,
    refused_since,
    start_session,
    token_digest,
    update_session,
)
from ledger.store import SqlLedger, SqlUnitOfWork

IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=24)
WINDOW = timedelta(minutes=15)
TRIES = 5
TRIES_FROM_ONE_ADDRESS = 30
NOTED_EVERY = timedelta(minutes=10)
"""How exactly it is known when a session was used: each note is a write, and writers wait for each other."""
SIGN_IN = "sign in"


class Sessions:
    """Who is signed in, in the ledger. Times are the machine's, not a demo's."""

    def __init__(self, ledger: SqlLedger, passwords: Passwords) -> None:
        self._ledger, self._passwords = ledger, passwords
        self._guesses = Guesses(WINDOW)

    def sign_in(self, login: str, password: str, address: str, now: datetime) -> str:
        """The token of a new session. Raises SignInError, TooManyError when locked out; both are written down."""
        # The log counts what is over, for every process and after a restart; the guesses count those under way, and
        # names that nobody has, which the log does not hold.
        named, placed = token_digest(f"name {login.casefold()}"), token_digest(f"address {address}")
        begun = self._guesses.take(named, TRIES, now) and self._guesses.take(placed, TRIES_FROM_ONE_ADDRESS, now)
        with self._ledger.read() as uow:
            account = _known(uow, login)
            locked = not begun or _locked(uow, account, address, now)
        right = not locked and self._passwords.matches(account.password if account else None, password)
        with self._ledger.begin() as uow:
            if not right or account is None or account.disabled:
                why = "locked out" if locked else "disabled" if right else "wrong sign-in name or password"
                log_access(uow.connection, now, SIGN_IN, False, account.login if account else None, address, why)
            else:
                log_access(uow.connection, now, SIGN_IN, True, account.login, address)
                end_old_sessions(uow.connection, now - LONGEST, now - IDLE)
                self._guesses.forget(named)
                self._guesses.give_back(placed, now)  # an office signs in from one address
                return self._start(uow, account, now)
        if locked:
            told = f"try again in {int(WINDOW.total_seconds() // 60)} minutes"
            raise TooManyError("too many wrong attempts", int(WINDOW.total_seconds()), next_step=told)
        raise SignInError("that sign-in name and password do not go together", next_step="try again")

    def sign_in_as(self, account: Account, address: str, now: datetime, how: str) -> str:
        """The token of a new session for somebody whom an identity provider vouches for; written down."""
        with self._ledger.begin() as uow:
            log_access(uow.connection, now, SIGN_IN, True, account.login, address, how)
            end_old_sessions(uow.connection, now - LONGEST, now - IDLE)
            return self._start(uow, account, now)

    def _start(self, uow: SqlUnitOfWork, account: Account, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        start_session(uow.connection, account, token, secrets.token_urlsafe(24), now)
        return token

    def find(self, token: str, now: datetime, *, used: bool = True) -> Session | None:
        """The session of a cookie, if it is still good; that it was used is noted now and then."""
        with self._ledger.read() as uow:
            session = find_session(uow.connection, token)
        if session is None or now - session.created_at > LONGEST or now - session.seen_at > IDLE:
            return None
        if used and now - session.seen_at > NOTED_EVERY:
            self.change(session, seen_at=now)
        return session

    def change(self, session: Session, **values: str | datetime) -> None:
        """Note something on the session."""
        with self._ledger.begin() as uow:
            update_session(uow.connection, session.digest, **values)

    def sign_out(self, session: Session, address: str, now: datetime) -> None:
        """End it."""
        with self._ledger.begin() as uow:
            end_session(uow.connection, session.digest)
            log_access(uow.connection, now, "sign out", True, session.account.login, address)


def _known(uow: SqlUnitOfWork, login: str) -> Account | None:
    try:
        return account_by_login(uow.connection, login)
    except NotFoundError:
        return None


def _locked(uow: SqlUnitOfWork, account: Account | None, address: str, now: datetime) -> bool:
    since = now - WINDOW
    if refused_since(uow.connection, SIGN_IN, since, address=address) >= TRIES_FROM_ONE_ADDRESS:
        return True
    return account is not None and refused_since(uow.connection, SIGN_IN, since, login=account.login) >= TRIES
