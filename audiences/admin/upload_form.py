"""What is asked of somebody who brings a file of contacts."""

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from audiences.models import Channel, Segment
from audiences.services import addresses, uploads
from audiences.services.intake.opening import Reading


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "CSV, text or Excel (.xlsx), with or without headings. Nothing is imported before you"
            " have seen what it would do."
        ),
    )
    segment = forms.ModelChoiceField(
        label=_("Subscribe everyone to"),
        queryset=Segment.objects.in_use().filter(topic="").order_by("name"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Whoever has unsubscribed stays unsubscribed."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        initial=[Channel.EMAIL.value],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Choose SMS only if these people have agreed to text messages."),
    )
    consent_text = forms.CharField(
        label=_("Where the consent comes from"),
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "Kept as evidence, for example: contract of 2024, § 7. Without it nobody is subscribed"
            " to anything."
        ),
    )
    text_version = forms.CharField(
        label=_("Text version"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Which wording these people agreed to, if it has a name."),
    )
    region = forms.ChoiceField(
        label=_("Country of phone numbers"),
        choices=[(code, code) for code in sorted(SUPPORTED_REGIONS)],
        initial=addresses.DEFAULT_REGION,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For numbers that are written without one."),
    )

    sheet = forms.CharField(
        label=_("Sheet"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Of a workbook. Empty: the first one with something in it."),
    )
    skip_rows = forms.IntegerField(
        label=_("Lines above the headings"),
        min_value=0,
        max_value=1_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: titles above the headings are recognised."),
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        limit = settings.CONTACT_IMPORT_MAX_MB
        if (file.size or 0) > limit << 20:
            raise forms.ValidationError(
                gettext(
                    "The file is larger than %(limit)s MB. Split it, or have it imported with"
                    " manage.py import_contacts; CONTACT_IMPORT_MAX_MB raises the limit."
                )
                % {"limit": limit}
            )
        return file

    def reading(self) -> Reading:
        return Reading(self.cleaned_data["sheet"], self.cleaned_data["skip_rows"])

    def terms(self) -> uploads.Terms:
        chosen = self.cleaned_data
        return uploads.Terms(
            segment=chosen.get("segment"),
            channels=tuple(chosen.get("channels", ())),
            region=chosen["region"],
            consent_text=chosen.get("consent_text", ""),
            text_version=chosen.get("text_version", ""),
        )
