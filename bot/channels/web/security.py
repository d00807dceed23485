"""What keeps strangers out: headers, limits, origins, form tokens, rates, cookies."""

import hmac
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.clock import Clock, digest

FORM_BODY = 256 * 1024
UPLOAD_BODY = 52 * 1024 * 1024  # two and a half files of the largest size
HOOK_BODY = 1024 * 1024
# A browser shows our page only when it has got rid of what it is sending, so we
# let it, within reason.
DRAIN = 64 * 1024 * 1024

REMEMBERED = 24 * 3600.0  # seconds
KEYS = 20_000  # rates that are remembered at once; a few megabytes

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)


def framed(path: str) -> bool:
    """Whether a page may stand in somebody else's frame."""
    return path == "/rahmen" or path.startswith("/rahmen/")


def protect(headers: MutableHeaders, path: str, *, secure: bool) -> None:
    """Add the headers that every response carries. What a page has set itself stays."""
    in_frame = framed(path)
    headers.setdefault("Content-Security-Policy", _POLICY + ("*" if in_frame else "'none'"))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # The address of a chat in a frame is its key, and goes nowhere. Elsewhere
    # our own forms need an origin, which "no-referrer" would take from them.
    headers.setdefault(
        "Referrer-Policy", "no-referrer" if path.startswith("/rahmen/") else "same-origin"
    )
    headers.setdefault(
        "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    )
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if not in_frame:
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault(
        "Cache-Control",
        "public, max-age=86400" if path.startswith("/static/") else "no-store",
    )
    if secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")


class Guard:
    """Around the whole application: headers on the way out, limits on the way in."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(scope=message), scope["path"], secure=self._secure)
            await send(message)

        await self._app(scope, _Bounded(scope, receive), guarded)


class _Bounded:
    """A request's body, up to what its address may get."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        self._declared = int(declared) if declared.isdigit() else 0
        self._upload = headers.get(b"content-type", b"").startswith(b"multipart/")
        self._limit = _body_limit(scope["path"], upload=self._upload)
        self._size = 0
        self._receive = receive

    async def __call__(self) -> Message:
        if self._declared > self._limit:
            await self._refuse(more=True)
        message = await self._receive()
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            await self._refuse(more=bool(message.get("more_body")))
        return message

    async def _refuse(self, *, more: bool) -> None:
        while more and self._upload and self._size < self._limit + DRAIN:
            message = await self._receive()
            self._size += len(message.get("body", b""))
            more = bool(message.get("more_body"))
        self._declared = self._size = 0  # once is enough
        raise HTTPException(413)


def _body_limit(path: str, *, upload: bool) -> int:
    if path == "/telegram/webhook":
        return HOOK_BODY
    at_desk = path.startswith(("/desk/anfrage/", "/desk/ankuendigungen/"))
    takes_files = path == "/" or framed(path) or at_desk
    return UPLOAD_BODY if upload and takes_files else FORM_BODY


class Forbidden(HTTPException):
    """The request does not come from a page of ours. `stale`: it does, but from an old one."""

    def __init__(self, *, stale: bool = False) -> None:
        super().__init__(403)
        self.stale = stale


def check_origin(request: Request, public_url: str) -> bool:
    """Whether the browser vouches that our own page sent this. Raises `Forbidden` for others.

    False when it says nothing (old browsers, hidden origins): then only a form
    token can tell.
    """
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        raise Forbidden
    origin = request.headers.get("origin")
    if origin in (None, "null"):
        return site is not None
    if not _is_ours(origin, request.headers.get("host", ""), public_url):
        raise Forbidden
    return True


def _is_ours(origin: str, host: str, public_url: str) -> bool:
    try:
        theirs, ours = urlsplit(origin), urlsplit(public_url)
    except ValueError:
        return False
    # A proxy may have changed the host, and people may use another name of
    # this machine than the operator; either is enough.
    same_host = theirs.scheme in ("http", "https") and theirs.netloc.lower() == host.lower()
    return same_host or (theirs.scheme, theirs.netloc.lower()) == (ours.scheme, ours.netloc.lower())


def form_token(secret: str) -> str:
    """What every form of a session carries; whoever cannot read our pages cannot know it."""
    return digest(f"form {secret}")


def check_token(given: object, secret: str | None, *, vouched: bool) -> None:
    """Raises `Forbidden` unless the form belongs to the session (or to nobody's, if vouched)."""
    if secret is None:
        if not vouched:
            raise Forbidden
    elif not hmac.compare_digest(str(given).encode(), form_token(secret).encode()):
        raise Forbidden(stale=vouched)


class Rates:
    """How much of something happened lately. Kept in memory: a restart forgives."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, deque[tuple[float, int]]] = OrderedDict()

    def allow(self, key: str, limit: int, seconds: float, amount: int = 1) -> bool:
        """Count it, unless that would be more than `limit` within the last seconds."""
        now = self._clock.monotonic()
        events = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while events and events[0][0] <= now - seconds:
            events.popleft()
        if sum(number for _, number in events) + amount > limit:
            return False
        events.append((now, amount))
        self._forget(now)
        return True

    def _forget(self, now: float) -> None:
        """Addresses are personal data: after a day nobody is remembered."""
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if len(self._seen) <= KEYS and oldest and oldest[-1][0] > now - REMEMBERED:
                return
            self._seen.popitem(last=False)


def address(request: Request, *, trusted_proxy: bool) -> str:
    """Where the request comes from, as far as rates are concerned."""
    host = request.client.host if request.client else ""
    if trusted_proxy:
        # The last entry is the one that our own proxy wrote.
        forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        host = forwarded or host
    try:
        ip = ip_address(host)
    except ValueError:
        return "?"
    if isinstance(ip, IPv6Address):
        # One household gets a whole network of these.
        return str(ip.ipv4_mapped or IPv6Address(int(ip) >> 64 << 64))
    return str(ip)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A session's cookie. Behind https its name binds it to this very host."""

    name: str
    secure: bool
    strict: bool
    seconds: int

    @property
    def full_name(self) -> str:
        return f"__Host-{self.name}" if self.secure else self.name

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.full_name) or None

    def set(self, response: Response, secret: str) -> None:
        response.set_cookie(
            self.full_name,
            secret,
            max_age=self.seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict" if self.strict else "lax",
        )

    def clear(self, response: Response) -> None:
        response.delete_cookie(
            self.full_name,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict" if self.strict else "lax",
        )


class Nonces:
    """Numbers for our forms, so that sending one twice counts once.

    A number of ours can be told from one that somebody made up: the first two
    clicks of a new person arrive without a session and are joined by it.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._key = token().encode()

    def new(self) -> str:
        number = self._token()
        return f"{number}.{self._seal(number)}"

    def is_ours(self, nonce: str) -> bool:
        number, _, seal = nonce.partition(".")
        return hmac.compare_digest(seal.encode(), self._seal(number).encode())

    def _seal(self, number: str) -> str:
        return hmac.new(self._key, number.encode(), "sha256").hexdigest()[:32]
