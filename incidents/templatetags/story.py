"""Moments of a story: absolute with the zone's name, and as seen from the story's own clock."""

import re
from datetime import datetime, timedelta

from django import template
from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from audiences import languages
from audiences.models import SupportWay
from audiences.services import reaching
from audiences.services.support import Reachable
from incidents.corrected import Notice, notice
from incidents.models import Update

register = template.Library()

_WEB = ("https://", "http://")


@register.simple_tag
def moment(value: datetime, clock: datetime) -> SafeString:
    """A time with its zone; the day only where it is another one than on the clock."""
    local, today = timezone.localtime(value), timezone.localtime(clock)
    words = f"{local:%H:%M %Z}"
    if local.date() != today.date():
        words = f"{day(local, today)}, {words}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat("T", "seconds"), words)


@register.filter
def clock(value: datetime) -> str:
    """The time alone, with its zone."""
    return f"{timezone.localtime(value):%H:%M %Z}"


@register.simple_tag
def window(start: datetime, end: datetime | None, clock: datetime) -> SafeString:
    """From … to …, always with the day: a maintenance is planned for."""
    first, today = timezone.localtime(start), timezone.localtime(clock)
    spoken = [_with_day(first, today)]
    if end:
        last = timezone.localtime(end)
        same_day = last.date() == first.date()
        spoken.append(moment(last, first) if same_day else _with_day(last, today))
    return format_html(" – ".join(["{}"] * len(spoken)), *spoken)


@register.simple_tag
def ago(value: datetime, clock: datetime) -> str:
    """“12 minutes ago” or “18 minutes from now”, on that clock."""
    # Django measures from the real time, a moment later than this line; a second of grace keeps
    # "30 minutes from now" from being 29.
    grace = timedelta(seconds=1 if value > clock else 0)
    return str(NaturalTimeFormatter.string_for(timezone.now() - (clock - value) + grace))


@register.simple_tag
def corrected(update: Update) -> Notice | None:
    """What was put right of an update, where its reader has read something wrong."""
    return notice(update)


@register.simple_tag
def way(one: Reachable, now: datetime) -> SafeString:
    """A way to reach us with its link, and until when or from when on somebody is there."""
    until = reaching.closing(one, now) if one.is_open else reaching.opening(one, now)
    return format_html(
        '{} {} <span class="aside">{}</span>', languages.spoken(one.way.name), _link(one), until
    )


def _link(one: Reachable) -> SafeString:
    address = one.way.address
    match one.way.kind:
        case SupportWay.Kind.PHONE:
            target = "tel:" + re.sub(r"[^+\d]", "", address)
        case SupportWay.Kind.EMAIL:
            target = f"mailto:{address}"
        case _ if address.startswith(_WEB):
            target = address
        case _:
            return format_html("{}", address)
    return format_html('<a href="{}">{}</a>', target, address)


@register.simple_tag
def lasted(start: datetime, end: datetime) -> str:
    return timesince(start, end)


@register.simple_tag
def day(value: datetime, clock: datetime) -> str:
    """The day without the year where the year is clear."""
    short = value.year == clock.year
    return date_format(value, "MONTH_DAY_FORMAT" if short else "DATE_FORMAT")


@register.simple_tag
def zone() -> str:
    """The site's time zone as people call it, with its name for those who look it up."""
    return f"{timezone.localtime():%Z} ({timezone.get_current_timezone_name()})"


def _with_day(local: datetime, today: datetime) -> SafeString:
    words = f"{day(local, today)}, {local:%H:%M %Z}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat("T", "seconds"), words)
