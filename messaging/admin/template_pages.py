"""Copy a template; say that its translations still fit."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.pages import ActionPage, address
from messaging.models import Template
from messaging.services import templates


class CopyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, widget=UnfoldAdminTextInputWidget)
    slug = forms.SlugField(
        label=_("Slug"),
        max_length=80,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("What plans call it in their files: letters, digits, - and _."),
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if Template.objects.filter(slug=slug).exists():
            raise ValidationError(gettext("There is a template with this slug: choose another."))
        return slug


class CopyPage(ActionPage):
    title = _("Copy the template")
    form_class = CopyForm
    permission = "copy"
    explanation = _(
        "The copy begins with the same words in all languages. Plans that use the template go on"
        " using it, not the copy."
    )
    button = _("Copy")

    def get_initial(self) -> dict[str, Any]:
        name = gettext("Copy of %(name)s") % {"name": self.object.name}
        return {"name": name[:200], "slug": f"{self.object.slug[:75]}-copy"}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        made = templates.copy(template=self.object, **form.cleaned_data)
        messages.success(self.request, gettext("Copied. This is the copy."))
        return HttpResponseRedirect(address(made))


class TranslationsFitPage(ActionPage):
    title = _("The translations still fit")
    template_name = "admin/messaging/translations_fit.html"
    explanation = _(
        "You say that these translations mean what their source says today. They are shown as"
        " stale no longer; their words stay as they are."
    )
    button = _("They still fit")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        pairs = [(one, templates.source_of(one)) for one in templates.stale(self.object)]
        return super().get_context_data(**kwargs, pairs=pairs)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        number = templates.confirm_translations(template=self.object, now=timezone.now())
        words = ngettext("%(n)s translation fits.", "%(n)s translations fit.", number)
        messages.success(self.request, words % {"n": number})
        return HttpResponseRedirect(self.back())
