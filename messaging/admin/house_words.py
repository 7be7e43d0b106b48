from django.contrib import admin

from audiences.admin.base import Admin
from messaging.models import HouseWord


@admin.register(HouseWord)
class HouseWordAdmin(Admin):
    list_display = ("word", "kind")
    list_filter = ("kind",)
    search_fields = ("word",)
    ordering = ("word",)
