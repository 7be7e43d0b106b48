"""How the admin speaks of what text messages cost."""

from decimal import Decimal

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from messaging.channels import sms_units


def spoken_price(cost: Decimal) -> str:
    """Nothing where no price is set."""
    amount = formats.number_format(cost.quantize(Decimal("0.01")), force_grouping=True)
    return f"{amount} {settings.SMS_CURRENCY}" if cost else ""


def why_dear(text: str) -> str:
    """The characters for which a text takes more messages than it had to; empty without any."""
    foreign = " ".join(sorted({one for one in text if sms_units.encoding(one) != "GSM-7"}))
    words = _("These characters let less than half as much fit into a message: %(characters)s")
    return words % {"characters": foreign} if foreign else ""
