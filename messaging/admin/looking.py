"""A message side by side as several readers get it; each of them can be sent to oneself."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from audiences.admin.base import actor
from audiences.admin.pages import ObjectPage
from audiences.models import Channel, Detail
from messaging.admin import look_words
from messaging.admin.look_form import Asked, ReaderForm
from messaging.admin.look_readers import Seen, Shown, see
from messaging.admin.prices import spoken_price
from messaging.channels import sms_units
from messaging.services import brand, own_addresses, proofs
from messaging.services.looks import Look
from messaging.services.posts import Post

FEWEST, MOST = 2, 4
# What templates/messaging/mail.html says about colours.
_DARK = "@media (prefers-color-scheme: dark)"
_EITHER = re.compile(r'(color-schemes?(?:: |" content="))light dark')


@dataclass(frozen=True)
class Pane:
    """One reader beside others. `me` is one's own address on the channel, "" for none."""

    number: int
    form: ReaderForm
    seen: Seen
    me: str
    # What is said beside it about whoever reads.
    notes: Sequence[str]

    @property
    def look(self) -> Look | None:
        return self.seen.look

    @property
    def language(self) -> str:
        return str(dict(settings.LANGUAGES)[self.look.language]) if self.look else ""

    @property
    def detail(self) -> str:
        return str(Detail(self.look.detail).label) if self.look else ""

    @property
    def channel(self) -> str:
        return str(Channel(self.seen.channel).label)

    @property
    def sender(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    @property
    def price(self) -> str:
        return spoken_price(sms_units.cost(len(self.look.parts))) if self.look else ""

    @property
    def is_text(self) -> bool:
        return self.seen.channel == Channel.SMS

    @property
    def post(self) -> Post | None:
        """The short text, which a person posts."""
        return self.seen.shown.posts.get(self.look.language) if self.look else None

    @property
    def mails(self) -> list[tuple[str, str]]:
        """The same mail as it is drawn by light and by night, whatever this browser prefers."""
        page = brand.on_page(self.look.html) if self.look else ""
        return [("light", _drawn(page, "light")), ("dark", _drawn(page, "dark"))]


def _drawn(page: str, scheme: str) -> str:
    page = page.replace(_DARK, "@media all" if scheme == "dark" else "@media not all")
    return _EITHER.sub(rf"\g<1>{scheme}", page)


@dataclass(frozen=True)
class Table:
    """Everything that lies side by side; `kept` is sent along by its form."""

    request: HttpRequest
    shown: Sequence[Shown]
    now: datetime
    kept: Sequence[tuple[str, str]] = field(default=())

    @cached_property
    def panes(self) -> list[Pane]:
        return list(self._panes())

    def draw(self) -> None:
        """Look everything up now."""
        len(self.panes)

    def _panes(self) -> Iterator[Pane]:
        user = actor(self.request)
        mine = own_addresses.of(user)
        for number in range(self.count if self.shown else 0):
            form = ReaderForm(self.request.POST, prefix=f"look{number}", user=user)
            seen = see(form.asked(), self._anybody(number), self.shown, self.now)
            yield Pane(number, form, seen, mine[seen.channel], look_words.notes(seen))

    @property
    def count(self) -> int:
        asked = self.request.POST.get("looks", "")[:2]
        more = "_more" in self.request.POST
        return min(max(int(asked) if asked.isdecimal() else 0, FEWEST) + more, MOST)

    @property
    def width(self) -> str:
        return self.request.POST.get("width", "phone")

    @property
    def scheme(self) -> str:
        return self.request.POST.get("scheme", "light")

    @property
    def may_have_more(self) -> bool:
        return self.count < MOST

    def _anybody(self, number: int) -> Asked:
        """Where nobody is chosen: a public mail, and beside it what differs most from it."""
        return _first(self.shown) if number % 2 == 0 else _second(self.shown)

    def send_proof(self) -> None:
        """Send the pane that was asked for, if one was, and say how it went."""
        asked = self.request.POST.get("_test", "")
        pane = next((one for one in self.panes if one.form.prefix == asked), None)
        if pane is None or pane.look is None:
            return
        try:
            sent = proofs.send(look=pane.look, by=actor(self.request))
        except proofs.CannotSend as error:
            messages.error(self.request, str(error))
            return
        me = {"me": sent.address}
        if sent.is_certain:
            messages.success(self.request, _("Sent as a test to %(me)s alone.") % me)
        else:
            words = _("The provider did not answer. Look first whether it came to %(me)s.")
            messages.warning(self.request, words % me)


def _first(shown: Sequence[Shown]) -> Asked:
    return Asked(_own_language(shown), Detail.PUBLIC, _by(shown, 0))


def _second(shown: Sequence[Shown]) -> Asked:
    own = _own_language(shown)
    others = sorted(_languages(shown) - {own}, key=lambda code: code != settings.LANGUAGE_CODE)
    detail = Detail.TECHNICAL if any(one.has_insiders() for one in shown) else Detail.PUBLIC
    return Asked((others or [own])[0], detail, _by(shown, -1))


def _own_language(shown: Sequence[Shown]) -> str:
    """That of whoever looks, where it is written in it."""
    own = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    return own if own in _languages(shown) else settings.LANGUAGE_CODE


def _languages(shown: Sequence[Shown]) -> set[str]:
    return {one.language for each in shown for one in each.contents}


def _by(shown: Sequence[Shown], place: int) -> str:
    channels = [name for name in Channel.values if any(name in one.channels for one in shown)]
    return str((channels or Channel.values)[place])


class LookPage(ObjectPage, TemplateView):
    """One object's message, looked at with other eyes; nothing on it changes the object."""

    template_name = "admin/messaging/look.html"
    permission = "view"

    def shown(self) -> Sequence[Shown]:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self.get(request, *args, **kwargs)

    def looks(self) -> Table:
        return Table(self.request, self.shown(), timezone.now())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        looks = self.looks()
        looks.send_proof()
        return super().get_context_data(**kwargs, looks=looks)
