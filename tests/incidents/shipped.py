"""A company on its first day: the usual segments, and the plans that come with the product."""

from audiences.models import AudienceKind, Detail
from incidents.services import plan_library
from tests.factories import NOON, SegmentFactory, UserFactory

SLUGS = ["critical-outage", "incident", "maintenance", "security-incident"]


def load() -> None:
    """Mara leads and owns the plans, Jonas is her deputy."""
    lead, _deputy = (
        UserFactory(username=name, is_staff=True, is_superuser=True) for name in ("mara", "jonas")
    )
    for slug in ("customers", "key-accounts"):
        SegmentFactory(slug=slug)
    SegmentFactory(slug="partners", kind=AudienceKind.PARTNER)
    SegmentFactory(slug="operations", kind=AudienceKind.INTERNAL, detail=Detail.TECHNICAL)
    plan_library.load(by=lead, duties=["mara", "jonas"], activates=True, now=NOON)
