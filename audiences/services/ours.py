"""What is our own, and goes with nobody who is erased: ways to reach us, names of our things."""

from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.models import User

from audiences.folding import folded
from audiences.models import Channel, Segment, SupportWay
from audiences.services import topics
from audiences.services.spelling import as_stored


def addresses() -> set[str]:
    """Of our support, our staff and our mail, as addresses are stored."""
    written = [
        parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        *User.objects.exclude(email="").values_list("email", flat=True),
        *SupportWay.objects.values_list("address", flat=True),
    ]
    return {as_stored(channel, one) for one in written if one for channel in Channel.values}


def names() -> set[str]:
    """Of services, lists and ways to reach us, as names are compared."""
    services = (one for them in topics.offered().values() for one in them)
    in_languages = [
        *(one.names for one in services),
        *Segment.objects.values_list("public_name", flat=True),
        *SupportWay.objects.values_list("name", flat=True),
    ]
    # A column of JSON may hold anything.
    said = [name for names in in_languages for name in names.values() if isinstance(name, str)]
    lists = Segment.objects.values_list("name", flat=True)
    return {folded(name) for name in (*said, *lists, settings.ORGANISATION_NAME)}
