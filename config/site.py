"""The site of the admin's pages."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Every page is given the list of all models, and hardly one shows it: our menu is our
        own. So it is drawn up when somebody asks; that took each page a tenth of its time."""
        return SimpleLazyObject(partial(super().get_app_list, request, app_label))
