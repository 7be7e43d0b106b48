"""Tier, kind, manager, language, time zone and components of accounts, as the rows of a file say
them: heard batch by batch, and made so once all are heard."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from audiences.models import Account
from audiences.services import table_writes, uses
from audiences.services.component_names import ComponentNames
from audiences.services.contacts import Plan
from audiences.services.intake import account_words
from audiences.services.intake.account_words import FRESH, USES, Final, Word
from audiences.services.intake.batches import Batch
from audiences.services.intake.rows import ContactRow
from audiences.services.intake.spool import Spool
from audiences.services.intake.words import company

# Accounts that are judged, and changed, at once.
AT_ONCE = 2_000
_MANAGER = "account_manager"
_FIELDS = ("tier", "kind", "account_manager", "language", "time_zone")


@dataclass
class Heard:
    """Whose rows name no manager of ours, and what is to be said of the file, and how often."""

    unknown_managers: set[str] = field(default_factory=set)
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Outcome:
    """What comes of the next accounts; a file ends no use, and is silent about what it leaves out.

    `until` is the last of them, "" where there are none.
    """

    changes: dict[Account, dict[str, Any]]
    # Components they will use besides, by the keys of accounts.
    uses: dict[int, set[str]]
    # How many change that were there before.
    changed: int
    notes: dict[str, int]
    until: str


def hear(*, spool: Spool, batch: Batch, planned: Plan) -> Heard:
    """Keep what rows say of accounts; nothing but the spool is written."""
    rows = {
        identity: row
        for identity, row in batch.people.items()
        if (row.account_details or row.account_components) and identity not in planned.recognised
    }
    found = Heard()
    words = [
        *(Word(str(pk), FRESH, batch.after, 1) for pk in planned.found.fresh),
        *_of_fields(rows, batch, planned, found),
        *_of_uses(rows, batch, planned, found),
    ]
    account_words.keep(spool, words, after=batch.after)
    return found


def _of_fields(
    rows: Mapping[str, ContactRow], batch: Batch, planned: Plan, found: Heard
) -> Iterator[Word]:
    said = {identity: batch.of_accounts.get(identity, []) for identity in rows}
    every = (values for some in said.values() for _position, values in some)
    managers, gone = _managers({values.get(_MANAGER, "") for values in every} - {""})
    for identity, some in said.items():
        account = _key(rows[identity], planned.account(identity))
        for position, values in some:
            for name, value in values.items():
                if name != _MANAGER:
                    yield Word(account, name, position, value)
                elif value in managers:
                    yield Word(account, "account_manager_id", position, managers[value])
                elif value in gone:
                    found.notes[_gone(value)] += 1
                else:
                    found.unknown_managers.add(identity)


def _of_uses(
    rows: Mapping[str, ContactRow], batch: Batch, planned: Plan, found: Heard
) -> Iterator[Word]:
    written = {identity: row.account_components for identity, row in rows.items()}
    if not any(written.values()):
        return
    names = ComponentNames(uses.components())
    for identity, cells in written.items():
        account = _key(rows[identity], planned.account(identity))
        # What a person's rows repeat is one thing that they say.
        words = {word: meant for cell in cells for word, meant in names.read(cell)}
        for word, meant in words.items():
            if len(meant) == 1:
                (slug,) = meant
                yield Word(account, f"{USES}{slug}", batch.places[identity], slug)
            else:
                found.notes[_unclear(word, meant)] += 1


def _key(row: ContactRow, pk: int | None) -> str:
    return str(pk) if pk else f"“{row.account_external_id or company(row.account)}”"


def _unclear(word: str, meant: Collection[str]) -> str:
    if not meant:
        return _("There is no component “%(name)s”; no account uses it.") % {"name": word[:80]}
    said = _("“%(name)s” may be %(all)s: left out until the file says which, by its short name.")
    return said % {"name": word[:80], "all": ", ".join(sorted(meant))}


def foreseen(*, spool: Spool) -> tuple[int, dict[str, int]]:
    """How many accounts would change that are there, and what is to be said of any."""
    changed, after = 0, ""
    notes: dict[str, int] = {}
    while (found := _decide(spool, after)).until:
        changed, notes, after = changed + found.changed, notes | found.notes, found.until
    return changed, notes


def carry_out(*, spool: Spool, after: str) -> Outcome:
    """Make the next accounts what the rows say of them."""
    found = _decide(spool, after)
    for account, values in found.changes.items():
        for name, value in values.items():
            setattr(account, name, value)
    table_writes.update(
        Account,
        _FIELDS,
        (
            (one.tier, one.kind, one.account_manager_id, one.language, one.time_zone, one.pk)
            for one in found.changes
        ),
    )
    uses.store(new=found.uses)
    return found


def _decide(spool: Spool, after: str) -> Outcome:
    finals = account_words.final(spool, after=after, limit=AT_ONCE)
    known = {int(one.account): one for one in finals if one.account.isdecimal()}
    there = Account.objects.in_bulk(known)
    changes = {
        account: changed
        for pk, account in there.items()
        if (changed := _changed(account, known[pk].values))
    }
    new = uses.missing(wanted={pk: known[pk].uses for pk in there if known[pk].uses})
    touched = {account.pk for account in changes} | new.keys()
    return Outcome(
        changes=changes,
        uses=new,
        changed=sum(not known[pk].is_fresh for pk in touched),
        notes=_contradictions(finals, there),
        until=finals[-1].account if finals else "",
    )


def _changed(account: Account, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: new for name, new in values.items() if getattr(account, name) != new}


def _contradictions(finals: Sequence[Final], there: Mapping[int, Account]) -> dict[str, int]:
    said = _("Rows say different things of account %(account)s: the last one counts.")
    notes = {}
    for one in finals:
        if one.is_contradicted:
            account = there.get(int(one.account)) if one.account.isdecimal() else None
            name = f"“{account.external_id or account.name}”" if account else one.account
            notes[said % {"account": name}] = 1
    return notes


def _managers(written: set[str]) -> tuple[dict[str, int], set[str]]:
    """By user name, or by an e-mail address that is one user's alone; and who was one before."""
    if not written:
        return {}, set()
    users = User.objects.annotate(name=Lower("username"), mail=Lower("email")).filter(
        Q(name__in=written) | Q(mail__in=written)
    )
    by_name: dict[str, int] = {}
    by_mail: dict[str, set[int]] = {}
    gone: set[str] = set()
    for pk, name, mail, is_active in users.values_list("pk", "name", "mail", "is_active"):
        if is_active:
            by_name[name] = pk
            by_mail.setdefault(mail, set()).add(pk)
        else:
            gone |= {name, mail}
    alone = {mail: next(iter(pks)) for mail, pks in by_mail.items() if len(pks) == 1}
    return alone | by_name, gone - by_mail.keys() - by_name.keys()


def _gone(name: str) -> str:
    said = _(
        "“%(name)s” may not log in any more: where the file names them, the account’s manager"
        " stays."
    )
    return said % {"name": name[:80]}
