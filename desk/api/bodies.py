"""How much a program may send."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.api.problems import problem

FILES = "/files"


class BodyLimit:
    """ASGI middleware: under `prefix` a body has at most `largest` bytes, `file` where one is put on a ticket."""

    def __init__(self, app: ASGIApp, prefix: str, largest: int, file: int) -> None:
        self._app, self._prefix, self._largest, self._file = app, prefix, largest, file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or say that it is too large, whatever it says of its length."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        most = self._file if scope["path"].endswith(FILES) else self._largest
        what = f"a body has at most {most // 1024:,} KiB"
        told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if told.isdigit() and int(told) > most:
            await problem(413, what)(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise HTTPException(413, what)
            return message

        await self._app(scope, counted, send)
