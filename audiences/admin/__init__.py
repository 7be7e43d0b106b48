from audiences.admin.accounts import AccountAdmin
from audiences.admin.consents import ConsentEventAdmin
from audiences.admin.contacts import ContactAdmin
from audiences.admin.segments import SegmentAdmin
from audiences.admin.staff import StaffAdmin, TeamAdmin
from audiences.admin.subscriptions import SubscriptionAdmin
from audiences.admin.suppressions import SuppressionAdmin

__all__ = [
    "AccountAdmin",
    "ConsentEventAdmin",
    "ContactAdmin",
    "SegmentAdmin",
    "StaffAdmin",
    "SubscriptionAdmin",
    "SuppressionAdmin",
    "TeamAdmin",
]
