"""How much may be sent: the API reads a body before it looks at the token, so it must not be a large one."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.api.problems import problem


class BodyLimit:
    """ASGI middleware: under `prefix` a body has at most `largest` bytes, whatever it says of its length."""

    def __init__(self, app: ASGIApp, prefix: str, largest: int) -> None:
        self._app, self._prefix, self._largest = app, prefix, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say that it is too large."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if told.isdigit() and int(told) > self._largest:
            await problem(413, self._what)(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self._largest:
                raise HTTPException(413, self._what)
            return message

        await self._app(scope, counted, send)

    @property
    def _what(self) -> str:
        return f"a body has at most {self._largest // 1024:,} KiB"
