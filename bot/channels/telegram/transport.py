"""HTTP to the Bot API: python-telegram-bot's own seam, on aiohttp.

What went wrong is told apart here, where it is still known, because afterwards
every failure of the network looks the same:

    NetworkError (python-telegram-bot's)
    ├── NotSent        no connection: nothing left this machine
    ├── NoAnswer       the request went out, no answer came back
    │   └── Unreadable     an answer came that is none
    ├── ServerTrouble  Telegram has trouble (5xx), or somebody answers in its place (3xx)
    └── Throttled      429, with the seconds to wait

The address of every call contains the token, and aiohttp's errors contain
addresses; so none of them leaves this module, not even as the cause of ours.
"""

import asyncio
import json
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import aiohttp
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

Json = dict[str, Any]

CALL = 9.0  # seconds; the courier may wait ten
CONNECT = 4.0  # of these for the connection, including the wait for a free one
TRANSFER = 60.0  # for a file, in either direction
_CHUNK = 1 << 16
_JSON = {"Content-Type": "application/json"}


class NotSent(NetworkError):
    """No connection could be made."""


class NoAnswer(NetworkError):
    """The request went out and no answer came back."""


class Unreadable(NoAnswer):
    """Something came back that is no answer; `payload` is what it was."""

    def __init__(self, payload: bytes) -> None:
        super().__init__("unreadable answer")
        self.payload = payload


class ServerTrouble(NetworkError):
    """The server could not or would not serve us at the moment."""


class Throttled(NetworkError):
    """Too many requests."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"too many requests, wait {seconds:.0f} s")
        self.seconds = seconds


class FileUnreadable(TelegramError):
    """A file to be uploaded is not there, or not for us."""


class TooLarge(Exception):
    """A download grew beyond the limit."""


class Gone(Exception):
    """There is nothing to download at this path (any more)."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of ours that goes with a call, as the part `field` of its form."""

    field: str
    content: Path | bytes  # where it lies, or the bytes themselves
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a call carries. Stands in for the library's `RequestData`, whose parts are private."""

    params: Json
    uploads: tuple[Upload, ...] = ()

    def body(self, opened: ExitStack) -> tuple[bytes | aiohttp.FormData, Json | None]:
        """The body and its headers; `opened` closes the files again."""
        if not self.uploads:
            return json.dumps(self.params).encode(), _JSON
        form = aiohttp.FormData(quote_fields=False)  # Telegram reads names in UTF-8
        for name, value in self.params.items():
            form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        for upload in self.uploads:
            content = upload.content
            # aiohttp reads a file while sending, on a thread of its own.
            value = (
                content if isinstance(content, bytes) else opened.enter_context(content.open("rb"))
            )
            form.add_field(upload.field, value, filename=upload.name, content_type=upload.mime)
        return form, None


class AiohttpRequest(BaseRequest):
    """The transport. Its session is opened by the first call and ended for good by `shutdown`."""

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._ended = False
        # Parsing an address costs as much as the rest of a call's preparation.
        self._urls: dict[str, URL] = {}

    @property
    def read_timeout(self) -> float:
        return CALL

    async def initialize(self) -> None:
        self.session()

    async def shutdown(self) -> None:
        self._ended = True
        if self._session:
            await self._session.close()
            self._session = None

    def session(self) -> aiohttp.ClientSession:
        if self._ended:
            raise NotSent("the channel is closed")  # a new session would have nobody to end it
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, ttl_dns_cache=300, socket_factory=_socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Short answers are not worth unpacking.
                headers={"Accept-Encoding": "identity", "User-Agent": "kleinstadt-hotline"},
            )
        return self._session

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: Any = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call: `request_data` is a `Form`, `read_timeout` the seconds for all of it."""
        form: Form = request_data
        parsed = self._parsed(url)
        problem: TelegramError
        with ExitStack() as opened:
            try:
                body, headers = form.body(opened)
            except OSError as error:
                raise FileUnreadable(type(error).__name__) from None
            try:
                async with self.session().request(
                    method,
                    parsed,
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=_within(read_timeout),
                ) as response:
                    status, payload = response.status, await response.read()
            except Exception as error:
                problem = _told_apart(error)
            else:
                if status >= 300:
                    _check(status, payload)
                return _as_the_library_knows_it(status), payload
        raise problem  # out here it has no cause, and so no address

    def _parsed(self, url: str) -> URL:
        if url not in self._urls:
            try:
                self._urls[url] = URL(url)
            except ValueError:
                raise NotSent("the address is none") from None
        return self._urls[url]

    @staticmethod
    def parse_json_payload(payload: bytes) -> Json:
        """As the original, without writing the answer into the log."""
        try:
            answer = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise Unreadable(payload)
        return answer

    async def download(self, url: str, into: BinaryIO, limit: int) -> None:
        """Raises TooLarge, Gone, NotSent, NoAnswer or ServerTrouble."""
        problem: Exception
        try:
            async with self.session().get(
                URL(url), allow_redirects=False, timeout=_within(TRANSFER)
            ) as response:
                status = response.status
                if status == 200:
                    await _stream(response, into, limit)
                    return
        except TooLarge:
            raise
        except Exception as error:
            problem = _told_apart(error)
        else:
            problem = Gone() if 400 <= status < 500 else ServerTrouble(f"HTTP {status}")
        raise problem


async def _stream(response: aiohttp.ClientResponse, into: BinaryIO, limit: int) -> None:
    received = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        received += len(chunk)
        if received > limit:
            raise TooLarge
        into.write(chunk)


def _socket(address: Any) -> socket.socket:
    """A socket that notices when a long poll waits on a line that is dead."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if option := getattr(socket, name, None):  # not every system has them
            made.setsockopt(socket.IPPROTO_TCP, option, seconds)
    return made


def _within(total: float) -> aiohttp.ClientTimeout:
    # The connection has less time than the whole: a time-out of the whole then
    # means that the request went out.
    return aiohttp.ClientTimeout(total=total, connect=min(CONNECT, total / 2))


def _told_apart(error: Exception) -> NetworkError:
    if isinstance(error, NotSent):
        return error
    nothing_left = (
        aiohttp.ClientConnectorError,
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
        aiohttp.NonHttpUrlClientError,
    )
    name = type(error).__name__
    return NotSent(name) if isinstance(error, nothing_left) else NoAnswer(name)


def _check(status: int, payload: bytes) -> None:
    """Raise what python-telegram-bot would not tell apart from a failing network."""
    try:
        parameters = json.loads(payload)["parameters"]
        seconds = parameters["retry_after"]
    except (ValueError, RecursionError, LookupError, TypeError):
        seconds = None
    if status == 429 or isinstance(seconds, int | float):
        raise Throttled(float(seconds) if isinstance(seconds, int | float) else 5.0)
    if status == 504:
        # The gateway handed the request on and heard nothing more of it.
        raise NoAnswer("HTTP 504")
    if status < 400 or status >= 500:
        raise ServerTrouble(f"HTTP {status}")


def _as_the_library_knows_it(status: int) -> int:
    """413 and the like are refusals as 400 is; it takes them for a failing network."""
    known = (400, 401, 403, 404, 409)
    return status if status < 400 or status in known else 400


class BotApi:
    """Calls by their names in the Bot API, with plain JSON in and out.

    `telegram.Bot` would build and read an object for each call, which costs
    more than the call itself, and would write what people say into its log.
    """

    def __init__(self, token: str, api_url: str, connections: int) -> None:
        self._request = AiohttpRequest(connections)
        self._base = f"{api_url.rstrip('/')}/bot{token}/"
        self._files = f"{api_url.rstrip('/')}/file/bot{token}/"

    async def call(
        self,
        method: str,
        params: Json | None = None,
        uploads: Sequence[Upload] = (),
        within: float = CALL,
    ) -> Any:
        """The result. Raises a TelegramError."""
        form = Form(params or {}, tuple(uploads))
        try:
            return await self._request.post(
                self._base + method, cast(RequestData, form), read_timeout=cast(Any, within)
            )
        except KeyError:  # "ok", but without a result
            problem = Unreadable(b"")
        raise problem

    async def download(self, path: str, into: BinaryIO, limit: int) -> None:
        await self._request.download(self._files + path, into, limit)

    async def close(self) -> None:
        await self._request.shutdown()
        # aiohttp closes its sockets in the next round of the event loop.
        await asyncio.sleep(0)
