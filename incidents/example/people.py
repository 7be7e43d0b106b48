"""A thousand invented people: customers, partners and colleagues of the example company."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from audiences.models import Account, AudienceKind, Contact
from incidents.example import names, services

# How many accounts, and how many people in each.
KEY_ACCOUNTS, CUSTOMERS, PARTNERS = (24, 4), (186, 4), (30, 4)
COLLEAGUES = 40
_ENGLISH_SHARE = 0.35
_MOBILE_ONLY_SHARE = 0.04
_SMS_SHARE = 0.25
_DESK_SHARE = 0.5
_FEEDBACK_SHARE = 0.85
_ROLES = {
    "de": ("Versandleitung", "Einkauf", "Kundenservice", "IT"),
    "en": ("Shipping manager", "Purchasing", "Customer service", "IT"),
}
_SHARED_DOMAINS = ("example.com", "example.org", "example.net")


@dataclass
class Person:
    """Somebody, what they are to the company, and which components they work with."""

    contact: Contact
    kind: AudienceKind
    chose_sms: bool
    is_key: bool = False
    uses: tuple[str, ...] = ()


@dataclass
class _World:
    """One chance decides everything, so that every load invents the same people."""

    chance: Random
    now: datetime
    addresses: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        languages = ("de", "en")
        self.companies = {code: names.companies(code, self.chance) for code in languages}
        self.mobiles = {code: names.mobiles(code, self.chance) for code in languages}
        self.desks = {code: names.landlines(code, self.chance) for code in languages}


def load(*, account_manager: User, now: datetime) -> list[Person]:
    """Create the accounts and everybody in them."""
    world = _World(Random(1848), now)
    people = [
        *_people(world, AudienceKind.CUSTOMER, KEY_ACCOUNTS, account_manager),
        *_people(world, AudienceKind.CUSTOMER, CUSTOMERS, None),
        *_people(world, AudienceKind.PARTNER, PARTNERS, None),
        *_colleagues(world),
    ]
    Contact.objects.bulk_create(person.contact for person in people)
    return people


def _people(
    world: _World, kind: AudienceKind, size: tuple[int, int], account_manager: User | None
) -> Iterator[Person]:
    accounts, heads = size
    for _number in range(accounts):
        language = "en" if world.chance.random() < _ENGLISH_SHARE else "de"
        account = Account.objects.create(
            name=next(world.companies[language]),
            kind=kind,
            tier=Account.Tier.KEY if account_manager else Account.Tier.STANDARD,
            account_manager=account_manager,
        )
        uses = tuple(world.chance.sample(services.COMPONENTS, world.chance.randint(2, 4)))
        domain = f"{names.plain(account.name)}.example"
        if world.chance.random() < 0.1:
            domain = world.chance.choice(_SHARED_DOMAINS)
        for _head in range(heads):
            contact, chose_sms = _contact(world, language, domain)
            contact.account = account
            yield Person(contact, kind, chose_sms, is_key=bool(account_manager), uses=uses)


def _colleagues(world: _World) -> Iterator[Person]:
    for _number in range(COLLEAGUES):
        language = "en" if world.chance.random() < _ENGLISH_SHARE else "de"
        contact, chose_sms = _contact(world, language, "sendelot.example")
        yield Person(contact, AudienceKind.INTERNAL, chose_sms)


def _contact(world: _World, language: str, domain: str) -> tuple[Contact, bool]:
    """A person, and whether text messages were chosen."""
    chance = world.chance
    first, last = chance.choice(names.FIRST[language]), chance.choice(names.LAST[language])
    city = chance.choice(list(names.CITIES[language]))
    mobile_only = domain.endswith(".example") and chance.random() < _MOBILE_ONLY_SHARE
    chose_sms = mobile_only or chance.random() < _SMS_SHARE - _MOBILE_ONLY_SHARE
    phone = next(world.mobiles[language]) if chose_sms else ""
    if not phone and chance.random() < _DESK_SHARE:
        phone = next(world.desks[language])
    contact = Contact(
        name=f"{first} {last}",
        email="" if mobile_only else _mailbox(world, first, last, domain),
        phone=phone,
        language=language,
        time_zone=names.CITIES[language][city],
        attributes={"city": city, "role": chance.choice(_ROLES[language])},
        feedback_consent_at=world.now - timedelta(days=chance.randint(20, 400))
        if chance.random() < _FEEDBACK_SHARE
        else None,
        created_at=world.now - timedelta(days=chance.randint(401, 900)),
    )
    return contact, chose_sms


def _mailbox(world: _World, first: str, last: str, domain: str) -> str:
    local = f"{names.plain(first)}.{names.plain(last)}"
    address, number = f"{local}@{domain}", 1
    while address in world.addresses:
        number += 1
        address = f"{local}{number}@{domain}"
    world.addresses.add(address)
    return address
