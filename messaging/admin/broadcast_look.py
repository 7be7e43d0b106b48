"""What somebody saw: the frozen words of a broadcast, in their zone."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from messaging.admin.look_readers import Shown
from messaging.admin.looking import LookPage
from messaging.models import Broadcast


class AsReadPage(LookPage):
    title = _("As it was read")

    def has_permission(self) -> bool:
        return super().has_permission() and self.object.purpose not in Broadcast.PERSONAL

    def shown(self) -> Sequence[Shown]:
        broadcast = self.object
        contents = broadcast.contents.order_by("language", "detail")
        return [
            Shown(
                broadcast.title,
                list(contents),
                broadcast.channels,
                moments=broadcast.moments,
                sent=broadcast,
            )
        ]
