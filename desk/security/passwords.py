"""Local passwords, as argon2id hashes; a wrong login costs as much time as a wrong password."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.errors import BadFormError

SHORTEST = 12
LONGEST = 256
AT_ONCE = 2
"""How many are hashed at the same time: each takes 64 MiB."""


class Passwords:
    """Hashes and checks; `hasher` is lighter in tests."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash("nobody's password")

    def hash(self, password: str) -> str:
        """The hash to keep. Raises BadFormError for a password that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadFormError(f"a password has {SHORTEST} to {LONGEST} characters", next_step="choose another one")
        with self._turn:
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; with no hash kept, False after the same time."""
        with self._turn:
            try:
                return self._hasher.verify(kept or self._nobody, password[:LONGEST]) and kept is not None
            except (VerificationError, InvalidHashError):
                return False
