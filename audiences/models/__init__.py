from audiences.models.accounts import Account, ComponentUse
from audiences.models.aliases import ContactAlias
from audiences.models.bulk_changes import BulkChange
from audiences.models.contacts import Contact
from audiences.models.erasures import Erasure
from audiences.models.imports import ContactImport
from audiences.models.kinds import (
    LOUD,
    AudienceKind,
    Channel,
    Detail,
    Purpose,
    Severity,
    address_field,
)
from audiences.models.segments import Segment, Tone
from audiences.models.service import ClosedDay, SupportHours, SupportWay
from audiences.models.sign_ups import SignUp
from audiences.models.subscriptions import ConsentEvent, Subscription
from audiences.models.suppressions import Suppression, SuppressionQuerySet

__all__ = [
    "LOUD",
    "Account",
    "AudienceKind",
    "BulkChange",
    "Channel",
    "ClosedDay",
    "ComponentUse",
    "ConsentEvent",
    "Contact",
    "ContactAlias",
    "ContactImport",
    "Detail",
    "Erasure",
    "Purpose",
    "Segment",
    "Severity",
    "SignUp",
    "Subscription",
    "SupportHours",
    "SupportWay",
    "Suppression",
    "SuppressionQuerySet",
    "Tone",
    "address_field",
]
