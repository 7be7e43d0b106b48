"""How the admin speaks of what text messages cost."""

from decimal import Decimal

from django.conf import settings
from django.utils import formats


def spoken_price(cost: Decimal) -> str:
    """Nothing where no price is set."""
    amount = formats.number_format(cost.quantize(Decimal("0.01")), force_grouping=True)
    return f"{amount} {settings.SMS_CURRENCY}" if cost else ""
