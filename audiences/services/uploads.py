"""A file of contacts is taken in: on what terms, and every row of it kept to be looked at."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Channel, ContactImport, Segment
from audiences.services import addresses, consents, import_files, import_rights
from audiences.services.intake import opening
from audiences.services.intake.opening import AS_FOUND, Opened, Reading
from audiences.services.intake.spool import Spool


class NoConsent(ValueError):
    """Nobody said how these people have agreed to hear a segment; the message asks for it."""


@dataclass(frozen=True)
class Terms:
    """On what terms the people of a file are taken in: what they shall hear, and by what consent.

    A text message needs a consent of its own, so `channels` names SMS only where it was given.
    """

    segment: Segment | None = None
    channels: tuple[str, ...] = (Channel.EMAIL.value,)
    region: str = addresses.DEFAULT_REGION
    consent_text: str = ""
    text_version: str = ""


def take(
    *,
    source: Path,
    name: str,
    terms: Terms,
    by: User | None,
    now: datetime,
    reading: Reading = AS_FOUND,
) -> ContactImport:
    """Take a file in: every row of it is read once, and the file itself is not needed any more.

    Its columns about accounts are left out, and named, where whoever brings it may not change them.

    :raises UnreadableFile: the file cannot be read to its end; nothing of it is kept.
    :raises NoConsent: everyone is to be subscribed, by no consent; nothing of it is kept.
    """
    if terms.segment and not consents.is_said(terms.consent_text):
        raise NoConsent(_("Say where the consent comes from: it is kept as evidence."))
    opened = opening.open_file(source, terms.region, reading)
    path = import_files.new()
    try:
        with Spool.create(path) as spool:
            rows = spool.fill(opened.rows)
            some = [raw for _position, raw in spool.raw(after=0, limit=20)]
        return ContactImport.objects.create(
            file=path.name,
            name=name[:200],
            mapping=import_rights.within(mapping=opened.mapping, by=by),
            segment=terms.segment,
            channels=list(terms.channels),
            region=terms.region,
            consent_text=terms.consent_text.strip(),
            text_version=terms.text_version.strip(),
            rows=rows,
            preview=opened.first_look(some) | _left_out(opened, by),
            created_at=now,
            created_by=by,
        )
    except BaseException:
        import_files.remove(path.name)
        raise


def _left_out(opened: Opened, by: User | None) -> dict[str, Any]:
    headings = import_rights.forbidden(mapping=opened.mapping, headings=opened.headings, by=by)
    return {"left_out": [import_rights.remark(headings=headings)]} if headings else {}
