from messaging.models import lookups as lookups  # registers them
from messaging.models.brand import Brand, Logo
from messaging.models.broadcasts import Amendment, Broadcast, BroadcastContent
from messaging.models.control import Circuit, Lease, RateLimit
from messaging.models.deliveries import Delivery, DeliveryEvent, DeliveryQuerySet
from messaging.models.house_words import HouseWord
from messaging.models.moves import RepeatedMove
from messaging.models.templates import WORDS, Template, TemplateRevision, TemplateVariant
from messaging.models.vitals import Heartbeat, Tally

__all__ = [
    "WORDS",
    "Amendment",
    "Brand",
    "Broadcast",
    "BroadcastContent",
    "Circuit",
    "Delivery",
    "DeliveryEvent",
    "DeliveryQuerySet",
    "Heartbeat",
    "HouseWord",
    "Lease",
    "Logo",
    "RateLimit",
    "RepeatedMove",
    "Tally",
    "Template",
    "TemplateRevision",
    "TemplateVariant",
]
