"""The company's colour and logo for the public pages; each address always says the same."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from messaging import colours
from messaging.models import Logo

_FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def brand_colours(request: HttpRequest, digits: str) -> HttpResponse:
    colour = f"#{digits}"
    rule = f":root {{ --brand: {colour}; --on-brand: {colours.text_on(colour)}; }}\n"
    return HttpResponse(rule, content_type="text/css", headers={"Cache-Control": _FOR_GOOD})


@require_safe
def brand_logo(request: HttpRequest, digest: str) -> HttpResponse:
    logo = get_object_or_404(Logo, digest=digest)
    return HttpResponse(
        bytes(logo.picture),
        content_type=f"image/{logo.kind}",
        headers={"Cache-Control": _FOR_GOOD, "Content-Security-Policy": "default-src 'none'"},
    )
