"""Telephones that a file brings for people who have another."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from audiences.models import Channel, Subscription
from audiences.services import aliases, own_words


def staying(
    *, now: Mapping[int, str], said: Mapping[int, str], otherwise: Mapping[int, str]
) -> dict[int, str]:
    """Which contacts keep the number they have `now` against what a file has `said`, and why; its
    digits may mean something `otherwise`."""
    proven = _(
        "This person has confirmed their number themselves: it stays, and this row’s gets no text"
        " messages."
    )
    outdated = _("A number that this person had before: theirs stays, and this one gets no texts.")
    same = _("The digits may be the number that this person has: it stays.")
    meant = [pk for pk, number in now.items() if number and number == otherwise[pk]]
    confirmed = own_words.latest(channel=Channel.SMS, addresses=now)
    left = aliases.left(channel=Channel.SMS, addresses=said)
    kept = dict.fromkeys(confirmed, proven) | dict.fromkeys(left, outdated)
    return kept | dict.fromkeys(meant, same)


def costly(*, left: Mapping[int, str]) -> dict[int, str]:
    """Which contacts lose by another number what they have agreed to, and that they do."""
    words = _("Another number: what this person agreed to at the one before does not hold there.")
    agreed = Subscription.objects.filter(
        contact__in=left, channel=Channel.SMS, state=Subscription.State.CONFIRMED
    )
    return dict.fromkeys(agreed.values_list("contact", flat=True), words)
