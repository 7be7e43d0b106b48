"""What the admin pages of all apps share."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.widgets import UnfoldAdminExpandableTextareaWidget

from audiences import bounds
from audiences.admin.moment_field import MomentField, MomentWidget
from audiences.admin.people_choice import ColleagueField
from audiences.admin.people_columns import PeopleColumnsMixin
from audiences.admin.texts import texts_widget
from audiences.fields import TextsField


class TextsMixin:
    """Texts side by side, times with their zone, colleagues by their full names."""

    single_line: tuple[str, ...] = ("title",)

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        if isinstance(db_field, TextsField):
            kwargs["widget"] = texts_widget(single_line=db_field.name in self.single_line)
            return db_field.formfield(**kwargs)
        is_moment = isinstance(db_field, models.DateTimeField)
        if is_moment:
            kwargs |= {"form_class": MomentField, "widget": MomentWidget}
        if isinstance(db_field, models.ForeignKey) and db_field.related_model is User:
            kwargs["form_class"] = ColleagueField
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(db_field, models.DateField) and field and not is_moment:
            field.validators = [*field.validators, bounds.within_reach]
        if isinstance(db_field, models.DurationField) and field:
            field.validators = [*field.validators, bounds.within_a_year]
        if is_moment and field:
            zone = timezone.get_current_timezone()
            field.help_text = field.help_text or _("Time zone: %(zone)s") % {"zone": zone}
        if isinstance(db_field, models.TimeField) and field:
            # Nobody opens at a second.
            field.widget.format = "%H:%M"
        return field


class Admin(TextsMixin, PeopleColumnsMixin, ModelAdmin):
    formfield_overrides = {models.JSONField: {"widget": UnfoldAdminExpandableTextareaWidget}}
    list_filter_submit = True
    warn_unsaved_form = True

    def response_action(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """Of the rows that are said to be chosen, only those that can be any."""
        posted = request.POST.copy()
        chosen = posted.getlist(ACTION_CHECKBOX_NAME)
        posted.setlist(ACTION_CHECKBOX_NAME, [one for one in chosen if _is_key(one)])
        request.POST = posted  # type: ignore[assignment]
        return super().response_action(request, queryset)


class PossibleActionsMixin:
    """For a ModelAdmin: offers on an object's page only the actions that its state allows."""

    possible: Mapping[Any, Sequence[str]]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        allowed = self.possible.get(one.state, ()) if one else ()
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [action for action in offered if action.path in allowed]


class Rows(TextsMixin, TabularInline):
    extra = 0


class Blocks(TextsMixin, StackedInline):
    formfield_overrides = {models.JSONField: {"widget": UnfoldAdminExpandableTextareaWidget}}
    extra = 0

    class Media:
        js = ("admin-rows.js",)


def _is_key(typed: str) -> bool:
    number = typed.removeprefix("-")
    return number.isascii() and number.isdigit() and len(number) < 19


def actor(request: HttpRequest) -> User:
    """Who is at work in the admin."""
    return cast(User, request.user)


class ReadOnlyMixin:
    """What has happened is looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnlyMixin, Admin):
    pass


class ReadOnlyRows(ReadOnlyMixin, Rows):
    pass
