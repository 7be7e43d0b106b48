import pytest

from messaging import merging
from messaging.models import Delivery
from messaging.services import barring, composition, placeholders, rendering
from messaging.services.markdown import to_html
from messaging.services.plain_text import to_text
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    DeliveryFactory,
    TemplateVariantFactory,
)

FACTS = dict.fromkeys(placeholders.FACTS, "") | {
    "title": "Login <slow> *now*",
    "update": "We **know**. [Read](https://example.com/a)",
    "incident_url": "https://status.example.com/incidents/abc/",
    "organisation": "Example",
}


def render(**kwargs):
    return rendering.render(TemplateVariantFactory.build(**kwargs), FACTS, "notice")


def test_markdown_becomes_safe_html_and_readable_text():
    rendered = render(body="# {{ title }}\n\n{{ salutation }}\n\n{{ update }}\n\n- a\n- b")

    assert ">Login &lt;slow&gt; *now*</h1>" in rendered.html
    assert "<strong>know</strong>" in rendered.html
    assert "We know. Read: https://example.com/a" in rendered.text
    assert "- a\n- b" in rendered.text
    assert merging.FIELDS["unsubscribe_url"] in rendered.text


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://example.com/pixel.png)",
        '<img src=x onerror="alert(1)">',
    ],
)
def test_nothing_active_survives(source):
    html = to_html(source)

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("1. one\n2. two\n\nafter", "1. one\n2. two\n\nafter\n"),
        ("- a\n  - b", "- a\n  - b\n"),
        ("`code`\n\n---\n\n    raw", "code\n\n----\n\n    raw\n"),
        ("<https://example.com>", "https://example.com\n"),
    ],
)
def test_plain_text_reads_like_the_source(source, text):
    assert to_text(source) == text


def test_the_subject_is_one_line_whatever_the_title():
    assert render(subject="{{ title }}\n{{ organisation }}").subject == "Login <slow> *now* Example"


@pytest.mark.parametrize("target", ["/help", "//example.com/help", "help.html", "#help"])
def test_a_link_that_leads_nowhere_in_a_mail_stays_as_it_was_typed(target):
    assert to_html(f"[Help]({target})") == f"<p>[Help]({target})</p>\n"
    assert to_text(f"[Help]({target})") == f"[Help]({target})\n"


def test_a_picture_is_in_both_parts_what_it_is_said_to_show():
    source = "![Map <of> it](https://example.com/map.png)"
    assert (to_html(source), to_text(source)) == ("<p>Map &lt;of&gt; it</p>\n", "Map <of> it\n")


def test_an_sms_uses_plain_characters():
    assert render(sms_text="„Wir“ – {{ update }}…").sms_text == (
        '"Wir" - We know. Read: https://example.com/a...'
    )
    typed = "‚für‘ fu\u0308r « ‹a‑b› », 10\u202f% −1\u00ad A→B"
    assert render(sms_text=typed).sms_text == "'für' für \" 'a-b' \", 10 % -1 A->B"


def test_an_sms_that_would_be_refused_is_cut_and_says_where_to_read_on():
    said = render(sms_text="word " * 400 + "{{ organisation }}").sms_text

    assert len(said) < 1_500
    assert said.endswith(f"word word... {FACTS['incident_url']}")


@pytest.mark.parametrize(
    "source",
    [
        "{{ nobody }}",
        "{% if secret %}x{% endif %}",
        "{{ title.__class__ }}",
        "{% include 'settings.py' %}",
        "{% for x in (1..9) %}{% endfor %}",
        "{% assign title = 'x' %}",
        "{{ title | append: title }}",
        "{{ title",
    ],
)
def test_a_template_that_could_fail_or_reach_out_is_refused_on_save(source):
    with pytest.raises(placeholders.BadTemplate):
        placeholders.check(source)


def test_an_empty_fact_counts_as_missing():
    assert placeholders.fill("{% if update %}a{% else %}b{% endif %}", {"update": ""}) == "b"


def test_internal_words_stay_out_of_public_variants():
    facts = FACTS | {"technical": "lbl-7 is down"}
    source = "{% if technical %}{{ technical }}{% else %}nothing{% endif %}"
    texts = {"subject": source, "body": source, "sms_text": source}

    public = rendering.render(TemplateVariantFactory.build(**texts), facts, "notice")
    internal = rendering.render(
        TemplateVariantFactory.build(**texts, detail="technical"), facts, "notice"
    )

    assert (public.subject, public.sms_text) == ("nothing", "nothing")
    assert "lbl-7" not in public.text + public.html
    assert (internal.subject, internal.sms_text) == ("lbl-7 is down", "lbl-7 is down")


@pytest.mark.django_db
class TestComposition:
    def compose(self, contact, **content):
        broadcast = BroadcastFactory(thread="story")
        BroadcastContentFactory(broadcast=broadcast, **content)
        delivery = DeliveryFactory(broadcast=broadcast, contact=contact, language=contact.language)
        return self.message(delivery), delivery

    def message(self, delivery):
        (claimed,) = barring.look_at(Delivery.objects.filter(pk=delivery.pk), delivery.broadcast)
        return composition.Composer("email").compose(claimed)

    def test_each_reader_is_greeted_and_can_leave(self, bo):
        bo.name = "<b>[Bo](https://evil.example)"
        bo.save()
        token = merging.FIELDS["salutation"]
        message, _delivery = self.compose(bo, html=f"<p>{token}</p>", text=token)

        assert message.text == "Hello <b>[Bo](https://evil.example),"
        assert "&lt;b&gt;" in message.html
        assert message.all_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "/u/" in message.headers["List-Unsubscribe"]

    def test_nobody_is_addressed_as_nothing(self, bo):
        bo.name = ""
        bo.save()
        message, _delivery = self.compose(bo, text=merging.FIELDS["salutation"])

        assert message.text == "Hello,"

    def test_messages_of_one_story_form_one_thread_per_reader(self, ana, bo):
        first, delivery = self.compose(ana)
        second, _delivery = self.compose(ana)
        other, _delivery = self.compose(bo)

        assert first.headers["References"] == second.headers["References"]
        assert first.headers["References"] != other.headers["References"]
        assert first.headers["Message-ID"] != second.headers["Message-ID"]
        again = self.message(Delivery.objects.get(pk=delivery.pk))
        assert again.headers["Message-ID"] == first.headers["Message-ID"]

    def test_a_missing_language_falls_back_to_the_default(self, ana):
        message, _delivery = self.compose(ana, language="en", text="English words")

        assert message.text == "English words"

    def test_a_technical_text_never_reaches_a_public_reader(self, ana):
        with pytest.raises(composition.NoContent):
            self.compose(ana, detail="technical")
