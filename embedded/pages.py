"""Django templates as answers of the stand-ins' web server."""

from typing import Any

from aiohttp import web
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

# No scripts at all, and nothing from elsewhere: caught mails are shown on these pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(request: web.Request, template: str, context: dict[str, Any]) -> web.Response:
    """Render a page in the language the browser prefers."""
    language = _language(request)
    with translation.override(language):
        body = render_to_string(f"embedded/{template}", {**context, "language": language})
    return web.Response(text=body, content_type="text/html", headers={"Vary": "Accept-Language"})


def _language(request: web.Request) -> str:
    for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """Keep other web sites out: what was caught is for whoever sits at this machine."""
    is_ours = request.host.partition(":")[0] in ("127.0.0.1", "localhost")
    origin = request.headers.get("Origin", f"http://{request.host}")
    if not is_ours or origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Only pages of this server may ask for this.")
    response: web.StreamResponse = await handler(request)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
