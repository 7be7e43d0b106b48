"""The company's logo for the public pages; its address always says the same."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from messaging.models import Logo


@require_safe
def brand_logo(request: HttpRequest, digest: str) -> HttpResponse:
    logo = get_object_or_404(Logo, digest=digest)
    return HttpResponse(
        bytes(logo.picture),
        content_type=f"image/{logo.kind}",
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'",
        },
    )
