from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client

from audiences.models import ConsentEvent, Segment, SignUp, Subscription
from messaging.forms import PreferencesForm
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import links, opt_ins
from tests.factories import AccountFactory, DeliveryFactory, SegmentFactory, SubscriptionFactory
from tests.pages import form_on

State = Subscription.State
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def lists(bo) -> SimpleNamespace:
    """Bo hears `shop` by mail as a subscriber, `english` by its rule; `other` is on offer."""
    lists = SimpleNamespace(
        shop=SegmentFactory(name="Shop", is_listed=True),
        english=SegmentFactory(name="English", rule={"field": "language", "equals": "en"}),
        other=SegmentFactory(name="Other", is_listed=True),
        hidden=SegmentFactory(name="Hidden"),
        team=SegmentFactory(name="Our team", kind="internal", detail="technical", is_listed=True),
    )
    SubscriptionFactory(contact=bo, segment=lists.shop)
    return lists


@pytest.fixture
def delivery(lists, bo) -> Delivery:
    return DeliveryFactory(contact=bo, segment=lists.shop)


@pytest.fixture
def url(delivery) -> str:
    return f"/p/{links.token(delivery)}/"


def form(*places, **changes):
    fields = {
        "place": [f"{segment.pk}:{channel}" for segment, channel in places],
        "language": "en",
        "time_zone": settings.TIME_ZONE,
        "email_from": "0",
        "sms_from": "0",
        "quiet_from": "",
        "quiet_until": "",
        "is_woken_by_critical": "on",
        "paused_until": "",
        "choice": "save",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def save(client, url, typed, **more):
    """With what the page shows, as a browser does."""
    return client.post(url, shown_on(client.get(url)) | typed, **more)


def shown_on(page):
    fields = form_on(page.content.decode())
    return {name: values for name, values in fields.items() if name.startswith("shown-")}


def heard(contact, channel="email"):
    return {one.name for one in Segment.objects.all() if contact in one.members(channel)}


def test_looking_shows_what_is_so_and_changes_nothing(client, url, rows):
    before = rows()

    page = client.get(url).content.decode()
    client.head(url)

    assert rows() == before
    for shown in ("bo@example.org", "+447700900002", "Shop", "English", "Other"):
        assert shown in page
    assert "Hidden" not in page
    assert "Our team" not in page
    assert "not even about critical incidents" in page


def test_ticks_join_and_leave_on_each_channel(client, url, bo, lists):
    SubscriptionFactory(contact=bo, segment=lists.shop, channel="sms")

    page = save(
        client, url, form((lists.other, "email"), (lists.other, "sms"), (lists.shop, "sms"))
    ).content.decode()

    assert "Saved." in page
    assert heard(bo) == {"Other"}
    assert heard(bo, "sms") == {"Other", "Shop"}


def test_every_change_is_on_record(client, url, bo, lists):
    save(
        client,
        url,
        form((lists.other, "email"), wants_feedback="on"),
        REMOTE_ADDR="192.0.2.9",
    )

    said = {
        (event.kind, event.purpose, event.segment and event.segment.name, event.text_version)
        for event in bo.consents.all()
    }
    assert said == {
        ("withdrawn", "notice", "Shop", ""),
        ("withdrawn", "notice", "English", ""),
        ("given", "notice", "Other", "notice-2026-11"),
        ("given", "feedback", None, "feedback-2026-11"),
    }
    assert set(bo.consents.values_list("network_address", flat=True)) == {"192.0.2.9"}
    bo.refresh_from_db()
    assert bo.feedback_consent_at


def test_saving_what_is_so_already_records_nothing(client, url, bo, lists):
    save(client, url, form((lists.shop, "email"), (lists.english, "email")))

    bo.refresh_from_db()
    assert not bo.is_locale_own
    assert not ConsentEvent.objects.exists()
    assert not SignUp.objects.exists()


def test_who_leaves_language_and_zone_as_they_are_goes_on_as_the_account_does(
    client, url, bo, lists
):
    bo.language, bo.account = "", AccountFactory(language="de", time_zone="Asia/Tokyo")
    bo.save()

    shown = form_on(client.get(url).content.decode())
    assert (shown["language"], shown["time_zone"]) == (["de"], ["Asia/Tokyo"])
    save(client, url, form(language="de", time_zone="Asia/Tokyo", email_from="1"))

    bo.refresh_from_db()
    assert (bo.language, bo.time_zone, bo.email_from) == ("", "", 1)
    assert not bo.is_locale_own

    save(client, url, form(language="en", time_zone="Asia/Tokyo", email_from="1"))
    bo.refresh_from_db()
    assert (bo.language, bo.time_zone, bo.is_locale_own) == ("en", "", True)


def test_how_and_when_is_stored_in_the_persons_own_time(client, url, bo, now):
    until = (now + timedelta(days=3)).astimezone(ZoneInfo("America/New_York"))

    save(
        client,
        url,
        form(
            language="de",
            time_zone="America/New_York",
            email_from="2",
            sms_from="9",
            quiet_from="22:00",
            quiet_until="06:30",
            is_woken_by_critical=None,
            paused_until=f"{until:%Y-%m-%dT%H:%M}",
            is_shared="on",
        ),
    )

    bo.refresh_from_db()
    assert (bo.language, bo.time_zone, bo.is_locale_own) == ("de", "America/New_York", True)
    assert (bo.email_from, bo.sms_from) == (2, 9)
    assert (bo.quiet_from, bo.quiet_until) == (time(22), time(6, 30))
    assert not bo.is_woken_by_critical
    assert bo.paused_until == until.replace(second=0, microsecond=0).astimezone(UTC)
    assert bo.is_shared


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"email_from": "5"},
        {"sms_from": "nonsense"},
        {"quiet_from": "22:00"},
        {"quiet_until": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"paused_until": "2020-01-01T00:00"},
        {"paused_until": f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%dT%H:%M}"},
        {"paused_until": "tomorrow"},
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_stored(client, url, rows, lists, wrong):
    before = rows()

    answer = save(client, url, form((lists.other, "email"), **wrong))

    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert f'value="{lists.other.pk}:email" checked' in answer.content.decode()
    assert rows() == before


# The clocks of Berlin skip from 02:00 to 03:00 in this night, and those of New York do not.
@pytest.mark.parametrize(
    ("zone", "utc"),
    [("", "2027-03-28T01:30"), ("America/New_York", "2027-03-28T06:30")],
)
def test_a_pause_may_end_at_an_hour_that_our_clocks_skip(bo, zone, utc):
    typed = form(time_zone=zone, paused_until="2027-03-28T02:30")

    entered = PreferencesForm(typed, contact=bo)

    assert entered.is_valid()
    assert f"{entered.cleaned_data['paused_until']:%Y-%m-%dT%H:%M}" == utc


def test_a_pause_that_was_not_touched_ends_when_it_did(bo):
    """Our clocks show half past two twice in this night, and it was the second."""
    bo.paused_until = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    entered = PreferencesForm(form(time_zone="", paused_until="2027-10-31T02:30"), contact=bo)

    assert entered.is_valid()
    assert entered.cleaned_data["paused_until"] == bo.paused_until


def test_a_list_that_is_not_offered_is_not_joined(client, url, bo, lists):
    SubscriptionFactory(contact=bo, segment=lists.other, channel="sms")

    save(client, url, form((lists.hidden, "email"), (lists.team, "email"), (lists.team, "sms")))

    assert heard(bo) == heard(bo, "sms") == set()


def test_a_number_nobody_has_confirmed_is_asked_first(client, url, bo, lists):
    page = save(client, url, form((lists.shop, "email"), (lists.shop, "sms"))).content.decode()

    assert "please confirm with the message we are sending you there" in page
    assert heard(bo, "sms") == set()
    asked = SignUp.objects.get()
    assert (asked.channel, asked.address, asked.segments) == ("sms", bo.phone, [lists.shop.pk])


def undo(page):
    """What the button posts, as a browser would."""
    import re

    fields = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', page)
    posted: dict[str, list[str]] = {}
    for name, value in fields:
        posted.setdefault(name, []).append(value)
    posted.pop("next", None)
    return posted | {"choice": ["save"]}


def test_saving_can_be_taken_back(client, url, bo, lists):
    save(client, url, form((lists.shop, "email"), (lists.english, "email"), quiet_from="21:00",
                          quiet_until="07:00"))  # fmt: skip
    page = save(client, url, form((lists.other, "email"), language="de")).content.decode()
    assert heard(bo) == {"Other"}

    client.post(url, undo(page))

    bo.refresh_from_db()
    assert heard(bo) == {"Shop", "English"}
    assert (bo.language, bo.quiet_from) == ("en", time(21))


class TestAPageThatIsOld:
    """Opened a while ago, and saved after the same person has decided something elsewhere."""

    def opened(self, client, url):
        page = form_on(client.get(url).content.decode())
        return page | {"choice": ["save"]}

    def test_a_list_left_meanwhile_stays_left(self, client, url, bo, lists):
        bo.feedback_consent_at = datetime.now(UTC)
        bo.save()
        page = self.opened(client, url)
        client.post(url, {"choice": "everything"})
        events = ConsentEvent.objects.count()

        answer = client.post(url, page | {"language": ["de"]})

        assert "Saved." in answer.content.decode()
        bo.refresh_from_db()
        assert (bo.language, bo.feedback_consent_at, heard(bo)) == ("de", None, set())
        assert ConsentEvent.objects.count() == events

    def test_what_was_chosen_on_both_is_asked_again(self, client, url, bo, rows):
        page = self.opened(client, url)
        save(client, url, form(email_from="3"))
        before = rows()

        answer = client.post(url, page | {"email_from": ["2"]})

        assert answer.status_code == 409
        assert "nothing was saved" in answer.content.decode()
        assert rows() == before
        now = form_on(answer.content.decode())
        assert now["email_from"] == ["3"]
        client.post(url, now | {"email_from": ["2"], "choice": ["save"]})
        bo.refresh_from_db()
        assert bo.email_from == 2

    def test_a_mistake_on_it_makes_it_no_younger(self, client, url, bo, lists):
        page = self.opened(client, url)
        client.post(url, {"choice": "everything"})

        wrong = client.post(url, page | {"quiet_from": ["22:00"]})
        again = form_on(wrong.content.decode()) | {"quiet_from": [""], "choice": ["save"]}
        client.post(url, again)

        assert wrong.status_code == 422
        assert heard(bo) == set()

    @pytest.mark.parametrize("shown", [{}, {"shown-language": "xx"}, {"shown-paused_until": "?"}])
    def test_without_knowing_what_it_showed_nothing_is_saved(self, client, url, rows, shown):
        before = rows()

        assert client.post(url, form(language="de") | shown).status_code == 409
        assert rows() == before


def test_stop_everything_and_the_way_back(client, url, bo, lists):
    bo.feedback_consent_at = datetime.now(UTC)
    bo.save()

    page = client.post(url, {"choice": "everything"}).content.decode()

    bo.refresh_from_db()
    assert "no more notices from us" in page
    assert heard(bo) == set()
    assert bo.feedback_consent_at is None

    client.post(url, {"choice": "everything-again"})

    bo.refresh_from_db()
    assert heard(bo) == {"Shop", "English"}
    assert bo.feedback_consent_at


def test_a_browser_without_cookies_can_save(url, bo, lists):
    bare = Client(enforce_csrf_checks=True)

    assert save(bare, url, form((lists.other, "email"))).status_code == 200
    assert heard(bo) == {"Other"}


def test_the_page_is_private(client, url):
    response = client.get(url)

    assert response["Cache-Control"] == "no-store"
    assert response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/p/nonsense/", "/p/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/"])
def test_an_unknown_link_tells_nothing(client, db, rows, path):
    before = rows()

    assert client.get(path).status_code == client.post(path, form()).status_code == 404
    assert rows() == before


class TestInternalLists:
    @pytest.fixture(autouse=True)
    def company(self, settings):
        settings.INTERNAL_DOMAINS = frozenset({"example.org"})

    def test_a_mailbox_of_the_company_sees_and_joins_them(self, client, url, bo, lists):
        assert "Our team" in client.get(url).content.decode()

        save(client, url, form((lists.team, "email")))

        assert heard(bo) == {"Our team"}

    @pytest.mark.parametrize(
        "email", ["bo@mail.example.org", "bo@example.org.evil.test", "bo@notexample.org"]
    )
    def test_only_exactly_that_domain_counts(self, client, bo, lists, email):
        bo.email = email
        bo.save()
        page = f"/p/{links.token(DeliveryFactory(contact=bo))}/"

        assert "Our team" not in client.get(page).content.decode()

    def test_a_link_sent_to_another_address_proves_nothing(self, client, bo, delivery, url):
        Delivery.objects.update(address="bo@example.net")

        assert "Our team" not in client.get(url).content.decode()

    def test_nor_does_one_sent_to_an_address_that_is_theirs_no_more(self, client, url, bo):
        bo.email = "bo@example.net"
        bo.save()

        assert "Our team" not in client.get(url).content.decode()

    def test_a_link_in_a_text_proves_no_mailbox(self, client, bo, lists):
        text = DeliveryFactory(contact=bo, channel="sms", address=bo.phone)

        assert "Our team" not in client.get(f"/p/{links.token(text)}/").content.decode()

    def test_a_colleague_nobody_knows_yet_gets_a_link_by_mail(self, client, lists, now):
        client.post("/preferences/", {"email": "New@EXAMPLE.org"})
        opt_ins.answer_waiting(now=now)

        link = f"/p/{links.token(Delivery.objects.get())}/"
        assert "Our team" in client.get(link).content.decode()

    def test_somebody_of_the_team_finds_them_on_the_subscribe_page(self, lead_client, lists):
        assert "Our team" in lead_client.get("/subscribe/").content.decode()


class TestASharedAddress:
    @pytest.fixture(autouse=True)
    def shared(self, bo):
        bo.is_shared = True
        bo.save()

    def letters(self):
        return Broadcast.objects.filter(purpose=Broadcast.Purpose.OPT_IN).order_by("pk")

    def leave(self, client, url):
        return client.post(url.replace("/p/", "/u/"), {"List-Unsubscribe": "One-Click"})

    def test_leaving_works_at_once_and_the_others_hear_of_it(self, client, url, bo):
        self.leave(client, url)

        assert "Shop" not in heard(bo)
        notice = self.letters().get()
        content = BroadcastContent.objects.get(broadcast=notice)
        assert notice.deliveries.get().address == bo.email
        assert "Shop" in content.text
        assert "https://merge.invalid/unsubscribe" in content.text

    def test_the_letter_leads_back(self, client, url, bo):
        self.leave(client, url)
        link = f"/u/{links.token(self.letters().get().deliveries.get())}/"

        assert 'value="again"' in client.get(link).content.decode()
        client.post(link, {"choice": "again"})

        assert "Shop" in heard(bo)

    def test_it_is_told_each_time_also_after_somebody_has_taken_it_back(self, client, url, bo):
        for times in (1, 2):
            self.leave(client, url)
            assert self.letters().count() == times
            client.post(url.replace("/p/", "/u/"), {"choice": "again"})

    def test_leaving_what_is_left_already_is_no_news(self, client, url, bo):
        self.leave(client, url)
        self.leave(client, url)

        assert self.letters().count() == 1

    def test_a_number_hears_of_what_is_ended_by_the_link_of_a_mail(self, client, url, bo, lists):
        SubscriptionFactory(contact=bo, segment=lists.shop, channel="sms")

        save(client, url, form(choice="everything"))

        letters = {one.channels[0]: one for one in self.letters()}
        assert set(letters) == {"email", "sms"}
        told = letters["sms"].segments.values_list("name", flat=True)
        assert set(told) == {"Shop"}
        assert letters["sms"].deliveries.get().address == bo.phone
        link = f"/u/{links.token(letters['sms'].deliveries.get())}/"
        client.post(link, {"choice": "again"})
        assert heard(bo, "sms") == {"Shop"}
        assert heard(bo) == set()

    def test_what_is_left_on_the_settings_page_is_told_too(self, client, url, bo):
        save(client, url, form(is_shared="on"))

        told = self.letters().get().segments
        assert set(told.values_list("name", flat=True)) == {"English", "Shop"}

    @pytest.mark.parametrize("way", ["survey", "everything", "settings"])
    def test_the_others_hear_of_it_when_nobody_is_asked_any_more(
        self, client, url, bo, delivery, way
    ):
        bo.feedback_consent_at = datetime.now(UTC)
        bo.save()
        if way == "survey":
            Broadcast.objects.filter(pk=delivery.broadcast_id).update(purpose="feedback")
            self.leave(client, url)
        else:
            save(client, url, form(choice="everything" if way == "everything" else "save"))

        told = self.letters().filter(segments=None).get()
        text = told.contents.get().text
        link = f"/u/{links.token(told.deliveries.get())}/"
        page = client.get(link).content.decode()
        client.post(link, {"choice": "again"})

        assert told.deliveries.get().address == bo.email
        assert "has ended the questions that we ask after an incident" in text
        assert "We will not ask you for feedback any more" in page
        bo.refresh_from_db()
        assert bo.feedback_consent_at

    def test_nobody_takes_back_that_others_read_it(self, client, url, bo):
        save(client, url, form(is_shared=None))

        bo.refresh_from_db()
        assert bo.is_shared

    @pytest.mark.parametrize(
        "silent",
        [
            *({"email_from": "9"}, {"sms_from": "9"}, {"email_from": "3"}, {"sms_from": "1"}),
            {"paused_until": f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M}"},
            {"is_woken_by_critical": None},
            {"quiet_from": "00:00", "quiet_until": "23:59"},
        ],
        ids=["no mail", "no texts", "critical mail", "minor texts", "pause", "no waking", "day"],
    )
    def test_nobody_silences_it_for_the_others_in_another_way(self, client, url, silent):
        answer = save(client, url, form(**silent))

        assert answer.status_code == 422
        assert "unsubscribe from the lists instead" in answer.content.decode()

    def test_what_is_no_silence_is_for_anybody_to_choose(self, client, url, bo, now):
        bo.email_from, bo.paused_until = 3, now + timedelta(days=2)
        bo.save()
        page = form_on(client.get(url).content.decode())

        answer = client.post(
            url, page | {"email_from": "1", "quiet_from": "22:00", "quiet_until": "07:00"}
        )

        assert "Saved." in answer.content.decode()
        bo.refresh_from_db()
        assert (bo.email_from, bo.quiet_until) == (1, time(7))

    def test_an_address_of_one_person_hears_nothing_of_it(self, client, url, bo):
        bo.is_shared = False
        bo.save()

        self.leave(client, url)

        assert not self.letters().exists()


def test_an_address_is_shown_as_its_owner_writes_it(client, bo, delivery, url):
    bo.email = delivery.address = "bo@xn--bckerei-5wa.example"
    bo.save()
    delivery.save()

    assert "<b>bo@bäckerei.example</b>" in client.get(url).content.decode()
