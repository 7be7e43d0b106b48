from audiences.admin.accounts import AccountAdmin, ComponentUseAdmin
from audiences.admin.bulk_changes import BulkChangeAdmin
from audiences.admin.consents import ConsentEventAdmin
from audiences.admin.contacts import ContactAdmin
from audiences.admin.erasures import ErasureAdmin
from audiences.admin.imports import ContactImportAdmin
from audiences.admin.segments import SegmentAdmin
from audiences.admin.staff import StaffAdmin, TeamAdmin
from audiences.admin.subscriptions import SubscriptionAdmin
from audiences.admin.support import ClosedDayAdmin, SupportWayAdmin
from audiences.admin.suppressions import SuppressionAdmin

__all__ = [
    "AccountAdmin",
    "BulkChangeAdmin",
    "ClosedDayAdmin",
    "ComponentUseAdmin",
    "ConsentEventAdmin",
    "ContactAdmin",
    "ContactImportAdmin",
    "ErasureAdmin",
    "SegmentAdmin",
    "StaffAdmin",
    "SubscriptionAdmin",
    "SupportWayAdmin",
    "SuppressionAdmin",
    "TeamAdmin",
]
