"""What a page has to say where its link opens, and ends, nothing but the texts to a number."""

from dataclasses import dataclass

from audiences.models import Channel, Contact, Subscription
from messaging.channels import sms_senders
from messaging.models import Delivery
from messaging.services import links


@dataclass(frozen=True)
class Texts:
    # Others have the number, too, and go on being told there.
    are_shared: bool
    can_be_answered: bool


def of_texts(delivery: Delivery) -> Texts | None:
    """None where the link opens everything, or is nobody's."""
    if delivery.contact is None or Channel.EMAIL in links.opened(delivery):
        return None
    told = Subscription.objects.filter(channel=Channel.SMS, state=Subscription.State.CONFIRMED)
    others = Contact.objects.filter(phone=delivery.address, pk__in=told.values("contact"))
    return Texts(others.exclude(pk=delivery.contact.pk).exists(), sms_senders.takes_answers())
