"""How the company looks: its colour, its logo and its imprint."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from audiences.prepared import Prepared
from messaging import colours, pictures
from messaging.channels import Inline
from messaging.models import Brand, Logo

# Sizes of the logo in a header, in CSS pixels.
_HIGHEST, _WIDEST = 44, 220
# For every page.
_NOW = Prepared(lambda: Brand.objects.select_related("logo").defer("logo__picture"))
_TRAVELLING = re.compile(r"cid:logo-([0-9a-f]{32})@[^\"']+")


@dataclass(frozen=True)
class LogoLook:
    digest: str
    kind: str
    width: int
    height: int

    @property
    def cid(self) -> str:
        """Its name inside a mail (RFC 2392)."""
        return f"logo-{self.digest}@{settings.MAIL_DOMAIN}"

    @property
    def path(self) -> str:
        return reverse("brand-logo", args=[self.digest])


@dataclass(frozen=True)
class Design:
    colour: str = "#0b5cad"
    imprint: Mapping[str, str] = field(default_factory=dict)
    logo: LogoLook | None = None

    @property
    def text_colour(self) -> str:
        return colours.text_on(self.colour)

    @property
    def style(self) -> str:
        """For the head of a page, whose policy allows these words and no others."""
        return f":root{{--brand:{self.colour};--on-brand:{self.text_colour}}}"


PLAIN = Design()


def design() -> Design:
    """As it is now; plain where nobody has said anything."""
    brand = _NOW.first()
    return Design(brand.colour, brand.imprint, _shown(brand.logo)) if brand else PLAIN


def _shown(logo: Logo | None) -> LogoLook | None:
    if not logo:
        return None
    scale = min(_HIGHEST / logo.height, _WIDEST / logo.width, 1)
    width, height = (max(round(side * scale), 1) for side in (logo.width, logo.height))
    return LogoLook(logo.digest, logo.kind, width, height)


def keep_logo(*, data: bytes) -> Logo:
    """The same picture is kept once.

    :raises NoPicture: it is none that may travel in a mail.
    """
    picture = pictures.read(data)
    logo, _is_new = Logo.objects.get_or_create(
        digest=hashlib.sha256(data).hexdigest()[:32],
        defaults={
            "kind": picture.kind,
            "width": picture.width,
            "height": picture.height,
            "picture": data,
        },
    )
    return logo


def travelling_with(html: str) -> Inline | None:
    """The picture that a mail was laid out with, whatever the logo is today."""
    found = _TRAVELLING.search(html)
    return _inline(found[1], found[0].removeprefix("cid:")) if found else None


def on_page(html: str) -> str:
    """The same mail for a page of ours, where nothing travels with it."""
    return _TRAVELLING.sub(lambda found: reverse("brand-logo", args=[found[1]]), html)


# A picture never changes under its name; all senders of a process share these bytes.
@lru_cache(maxsize=4)
def _inline(digest: str, cid: str) -> Inline | None:
    logo = Logo.objects.filter(digest=digest).first()
    return Inline(cid, logo.kind, bytes(logo.picture)) if logo else None
