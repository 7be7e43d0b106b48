"""The company's colour, logo and imprint: one row, and a look at it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from audiences.admin.base import Admin
from messaging import colours, pictures
from messaging.models import Brand
from messaging.services import brand


class BrandForm(forms.ModelForm[Brand]):
    new_logo = forms.FileField(
        label=gettext_lazy("New logo"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg"}),
        help_text=gettext_lazy(
            "PNG or JPEG, at most 50 kB. It travels inside every mail, and is shown on white, 44"
            " pixels high or 220 wide: twice that is sharp everywhere."
        ),
    )
    no_logo = forms.BooleanField(
        label=gettext_lazy("Show the name instead of a logo"),
        required=False,
        widget=UnfoldBooleanWidget,
    )

    class Meta:
        model = Brand
        fields = ("colour", "imprint")

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"].strip().lower()
        return colour

    def clean_new_logo(self) -> bytes:
        """The file's bytes, nothing where none was chosen."""
        if not (file := self.cleaned_data["new_logo"]):
            return b""
        # One more than allowed is enough to know; the rest need not be read.
        data: bytes = file.read(pictures.MOST_BYTES + 1)
        try:
            pictures.read(data)
        except pictures.NoPicture as error:
            raise ValidationError(str(error)) from error
        return data


@admin.register(Brand)
class BrandAdmin(Admin):
    form = BrandForm
    fields = ("shown", "colour", "new_logo", "no_logo", "imprint")
    readonly_fields = ("shown",)

    @admin.display(description=gettext_lazy("As it is now"))
    def shown(self, _row: Brand) -> SafeString:
        design = brand.design()
        return format_html(
            '<div style="padding:12px 20px;border-radius:8px;background:{};color:{};display:flex;'
            'gap:12px;align-items:center">{}<strong>{}</strong><span>{}</span></div>',
            design.colour,
            design.text_colour,
            _picture(design.logo) if design.logo else "",
            settings.ORGANISATION_NAME,
            _contrast(design),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one: its list is its page."""
        return _to_its_page() or HttpResponseRedirect(reverse("admin:messaging_brand_add"))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return _to_its_page() or super().add_view(request, form_url, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        if form.cleaned_data["no_logo"]:
            obj.logo = None
        elif data := form.cleaned_data["new_logo"]:
            obj.logo = brand.keep_logo(data=data)
        super().save_model(request, obj, form, change)


def _picture(logo: brand.LogoLook) -> SafeString:
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="" style="box-sizing:content-box;padding:4px 8px;'
        'border-radius:8px;background:#fff">',
        logo.path,
        logo.width,
        logo.height,
    )


def _contrast(design: brand.Design) -> str:
    ratio = number_format(colours.contrast(design.colour, design.text_colour), 1)
    return _("Text on it: contrast %(ratio)s to 1; at least 4.5 is readable.") % {"ratio": ratio}


def _to_its_page() -> HttpResponse | None:
    row = Brand.objects.first()
    if row is None:
        return None
    return HttpResponseRedirect(reverse("admin:messaging_brand_change", args=[row.pk]))
