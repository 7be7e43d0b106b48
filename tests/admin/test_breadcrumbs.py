"""The line above every page says where one is, in the reader's language."""

from django.test import Client
from django.urls import reverse
from django.utils.functional import empty

from incidents.models import Incident


def test_an_incident_is_found_by_its_title_in_the_readers_language(
    lead_client: Client, draft: Incident
) -> None:
    draft.title = {"en": "Slow logins", "de": "Langsame Anmeldung"}
    draft.save()

    page = lead_client.get(
        reverse("admin:incidents_incident_publish", args=[draft.pk]),
        headers={"accept-language": "de"},
        follow=True,
    ).content.decode()

    above = page.partition('id="header-inner"')[2].partition('id="content')[0]
    assert "Langsame Anmeldung" in above
    assert "Slow logins" not in page.partition("<form")[0]


def test_the_pages_of_our_own_name_their_app_in_words(
    lead_client: Client, opened: Incident
) -> None:
    page = lead_client.get(
        reverse("admin:incidents_incident_room", args=[opened.pk]),
        headers={"accept-language": "de"},
    ).content.decode()

    above = page.partition('id="header-inner"')[2].partition("kt-room-head")[0]
    assert "Störungen" in above
    assert "Incidents" not in above
    assert "Lageraum" in above


def test_the_list_of_all_models_is_drawn_up_where_it_is_shown(lead_client: Client) -> None:
    page = lead_client.get(reverse("admin:audiences_segment_changelist"))
    index = lead_client.get(reverse("admin:app_list", args=["audiences"]))

    # Every page is given it, and our menu is another one.
    assert page.context["available_apps"]._wrapped is empty
    assert [each["app_label"] for each in index.context["app_list"]] == ["audiences"]
