from audiences.admin.accounts import AccountAdmin
from audiences.admin.contacts import ContactAdmin
from audiences.admin.imports import ContactImportAdmin
from audiences.admin.segments import SegmentAdmin
from audiences.admin.staff import StaffAdmin, TeamAdmin
from audiences.admin.subscriptions import SubscriptionAdmin
from audiences.admin.suppressions import SuppressionAdmin

__all__ = [
    "AccountAdmin",
    "ContactAdmin",
    "ContactImportAdmin",
    "SegmentAdmin",
    "StaffAdmin",
    "SubscriptionAdmin",
    "SuppressionAdmin",
    "TeamAdmin",
]
