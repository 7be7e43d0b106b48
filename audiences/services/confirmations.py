"""What waits for somebody's own word: asked for by a letter, on behalf of somebody of the team."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from audiences import wordings
from audiences.models import Channel, Contact, Purpose, Segment, SignUp, Subscription, address_field
from audiences.services import sign_ups
from audiences.services.sign_ups import Choice, Colleague, Visitor


def waiting(*, contact: Contact, channel: str) -> list[Segment]:
    """The lists that wait for a confirmation at the contact's address there."""
    if not getattr(contact, address_field(channel)):
        return []
    found = Segment.objects.in_use().filter(
        subscriptions__contact=contact,
        subscriptions__channel=channel,
        subscriptions__state=Subscription.State.UNCONFIRMED,
    )
    return list(found.order_by("name"))


@transaction.atomic
def ask(*, contact: Contact, by: User, now: datetime) -> list[str]:
    """Have a letter ask for everything that waits; returns the channels. An address that was asked
    for lately is left in peace, as for everybody."""
    colleague = Colleague(name=by.get_username(), may_subscribe_others=True)
    visitor = Visitor(language=contact.spoken, colleague=colleague)
    choices = [
        Choice(
            wish=SignUp.Wish.CONFIRM,
            channel=channel,
            address=getattr(contact, address_field(channel)),
            segments=[one.pk for one in lists],
            text_version=wordings.current(Purpose.NOTICE),
            contact_id=contact.pk,
        )
        for channel in Channel.values
        if (lists := waiting(contact=contact, channel=channel))
    ]
    return [
        choice.channel
        for choice in choices
        if sign_ups.note(choice=choice, visitor=visitor, now=now)
    ]
