"""Providers of e-mail over real HTTP: who shares a call, and what their answers mean."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
import requests
from anymail.backends.test import EmailBackend as AnymailsOwn
from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from anymail.message import AnymailRecipientStatus
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from django.utils.module_loading import import_string

from config import checks
from config.mail import PROVIDERS as ANYMAILS
from messaging.channels import (
    Accepted,
    DeadAddress,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
    esp_calls,
    providers,
    registry,
)
from messaging.channels.esp_errors import classify, in_one_piece, of_status
from messaging.channels.providers import PROVIDERS, Provider
from messaging.merging import FIELDS
from tests import esp
from tests.contracts.rigs import CONTENT, MAILBOXES, message

ANA, BO, CLEO = MAILBOXES
WHOLE = [esp.POSTMARK, esp.BREVO, esp.RESEND, esp.MAILTRAP, esp.MAILJET]
IN_ONE_CALL = [*WHOLE, esp.MAILGUN]


def by_name(vendor):
    return vendor.name


@pytest.fixture
def provider(request, settings):
    with contextmanager(esp.at_work)(request.param, settings) as fake:
        yield fake


def at(*vendors):
    return pytest.mark.parametrize("provider", vendors, indirect=True, ids=by_name)


def send(*messages):
    with registry.get("email").open() as connection:
        return list(connection.send(messages))


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


def people(number=3, **changes):
    names = [*MAILBOXES, *(f"person{n}@example.com" for n in range(3, number))][:number]
    return [message(to, number=n, **changes) for n, to in enumerate(names, 1)]


@at(*IN_ONE_CALL)
def test_many_share_a_call_and_each_has_a_mail_of_their_own(provider):
    outcomes = send(*people())

    assert kinds(outcomes) == [Accepted] * 3
    assert len(provider.calls) == 1
    for number, (to, one) in enumerate(zip(MAILBOXES, provider.arrived, strict=True), 1):
        url = f"https://status.example/u/{number}/?a=1&b=2"
        headers = {name.lower(): value for name, value in one.headers.items()}
        assert one.to == (to,)
        assert one.subject == CONTENT.subject
        assert one.metadata == {"delivery": str(number)}
        assert headers["message-id"] == f"<{number}@status.example>"
        assert headers["list-unsubscribe"] == f"<{url}>"
        assert headers["auto-submitted"] == "auto-generated"
        assert not [token for token in FIELDS.values() if token in repr(one)]


@at(*esp.VENDORS)
def test_a_single_message_is_the_same_as_one_of_many(provider):
    send(*people(2))
    many = provider.arrived.copy()
    send(people(1)[0])

    assert provider.arrived[-1] == many[0]


@at(esp.SCALEWAY)
def test_a_provider_without_calls_for_many_has_one_each(provider):
    assert kinds(send(*people())) == [Accepted] * 3

    assert len(provider.calls) == 3


@at(esp.POSTMARK, esp.BREVO)
def test_ids_belong_to_their_messages(provider):
    outcomes = send(*people())

    assert all(to in one.provider_id for to, one in zip(MAILBOXES, outcomes, strict=True))


@at(esp.MAILJET)
def test_a_call_is_never_larger_than_the_provider_takes(provider):
    outcomes = send(*people(120))

    assert kinds(outcomes) == [Accepted] * 120
    assert [len(call.json["Messages"]) for call in provider.calls] == [50, 50, 20]


@at(esp.POSTMARK)
def test_a_time_out_never_leaves_more_than_a_hundred_outcomes_unknown(provider):
    send(*people(230))

    assert [len(call.json) for call in provider.calls] == [100, 100, 30]


@at(esp.POSTMARK)
def test_different_contents_share_a_call_of_whole_messages(provider):
    german, english, _ = people()
    english.content = replace(CONTENT, subject="Incident")

    send(german, english)

    assert len(provider.calls) == 1
    assert [one.subject for one in provider.arrived] == ["Störung – Anmeldung", "Incident"]


@at(esp.MAILGUN)
def test_different_contents_do_not_share_a_call_with_variables(provider):
    german, english, _ = people()
    english.content = replace(CONTENT, subject="Incident")

    send(german, english)

    assert len(provider.calls) == 2
    assert [one.subject for one in provider.arrived] == ["Störung – Anmeldung", "Incident"]


@at(esp.MAILGUN)
def test_a_name_that_looks_like_a_variable_is_only_a_name(provider):
    ana, eve, cleo = people()
    eve.values = {**eve.values, "salutation": "Hello %recipient.text_unsubscribe_url%,"}

    send(ana, eve, cleo)

    assert "Hello %recipient.text_unsubscribe_url%," in provider.arrived[1].text


@at(*IN_ONE_CALL)
def test_an_address_twice_is_two_messages(provider):
    first, second = message(ANA, number=1), message(ANA.upper(), number=2)

    assert kinds(send(first, second)) == [Accepted] * 2
    assert [one.metadata["delivery"] for one in provider.arrived] == ["1", "2"]


@at(esp.POSTMARK, esp.BREVO)
def test_an_address_that_is_written_differently_on_the_line_goes_alone(provider):
    ana, bo, cleo = people()
    bo.to = "bo@müller.example"

    assert kinds(send(ana, bo, cleo)) == [Accepted] * 3

    assert len(provider.calls) == 3
    assert provider.arrived[1].metadata == {"delivery": "2"}


@at(*esp.VENDORS)
@pytest.mark.parametrize("to", ["ana@", f"{ANA}, {BO}", f"Ana <{ANA}>", f"{ANA}\nBcc: {BO}", ""])
def test_what_is_no_single_address_costs_only_itself(provider, to):
    ana, broken, cleo = people()
    broken.to = to

    outcomes = send(ana, broken, cleo)

    assert kinds(outcomes) == [Accepted, PermanentFailure, Accepted]
    assert [one.to for one in provider.arrived] == [(ANA,), (CLEO,)]


@at(esp.POSTMARK)
def test_an_inactive_address_is_dead_and_the_others_of_its_call_are_served(provider):
    provider.refused.add(BO)

    assert kinds(send(*people())) == [Accepted, DeadAddress, Accepted]
    assert len(provider.calls) == 1


@at(*IN_ONE_CALL)
def test_when_all_are_refused_each_is(provider):
    provider.refused.update(MAILBOXES)

    outcomes = send(*people())

    assert len(outcomes) == 3
    assert all(isinstance(outcome, PermanentFailure) for outcome in outcomes)
    assert provider.arrived == []


@at(esp.BREVO, esp.MAILGUN)
def test_a_refused_call_is_tried_again_one_by_one(provider):
    provider.refused.add(BO)

    assert kinds(send(*people())) == [Accepted, PermanentFailure, Accepted]
    assert len(provider.calls) == 1 + 3


@at(esp.POSTMARK)
def test_an_account_without_credit_is_our_fault_though_the_call_was_answered(provider):
    no_credit = {"ErrorCode": 405, "Message": "You ran out of credits."}
    provider.answers.append((200, [no_credit] * 3))

    outcomes = send(*people())

    assert kinds(outcomes) == [SenderFault]
    assert outcomes[0].code == "405"


@at(esp.POSTMARK)
def test_credit_that_ends_in_the_middle_of_a_call_keeps_what_was_accepted(provider):
    accepted = {"ErrorCode": 0, "Message": "OK", "MessageID": "x", "To": ANA}
    no_credit = {"ErrorCode": 405, "Message": "You ran out of credits."}
    provider.answers.append((200, [accepted, no_credit, no_credit]))

    assert kinds(send(*people())) == [Accepted, SenderFault]


@at(esp.POSTMARK)
def test_a_single_refusal_of_postmarks_is_read_too(provider):
    answer = {"ErrorCode": 300, "Message": "Invalid 'From' address: 'status'."}
    provider.answers.append((422, answer))

    assert kinds(send(people(1)[0])) == [SenderFault]


@at(esp.POSTMARK)
def test_an_answer_that_nobody_can_read_leaves_every_outcome_unknown(provider):
    provider.answers.append((200, "OK"))

    assert kinds(send(*people())) == [UnknownOutcome] * 3


@at(esp.UNISENDER_GO)
def test_an_answer_of_another_shape_than_anymail_expects_is_unknown_as_well(provider):
    provider.answers.append((200, {"status": "success"}))

    assert kinds(send(people(1)[0])) == [UnknownOutcome]


@at(*esp.VENDORS)
@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (429, TemporaryFailure),
        (408, TemporaryFailure),
        (401, SenderFault),
        (402, SenderFault),
        (403, SenderFault),
        (404, SenderFault),
        (500, UnknownOutcome),
        (503, UnknownOutcome),
    ],
)
def test_an_answer_to_the_whole_call_is_understood(provider, status, failure):
    provider.answers.extend([(status, {"message": "no"})] * 2)

    outcomes = send(*people(2))

    assert kinds(outcomes) == [failure] * (1 if failure is SenderFault else 2)
    assert provider.arrived == []


def test_a_fault_of_ours_ends_a_call_only_after_everything_that_is_known():
    fault, taken = SenderFault(405, "no credit"), Accepted("1")

    assert kinds(in_one_piece([fault, taken, fault])) == [TemporaryFailure, Accepted, SenderFault]


# Keys, by which a provider knows a call it has seen.


@at(esp.RESEND)
def test_resend_is_given_a_key_that_is_the_same_at_every_try(provider):
    send(message(ANA, number=7))
    send(message(ANA, number=7))
    send(message(ANA, number=8))

    keys = [call.headers["Idempotency-Key"] for call in provider.calls]
    assert keys[0] == keys[1] != keys[2]


@at(esp.BREVO)
def test_brevo_is_given_a_key_for_a_call_of_many(provider):
    send(*people())
    send(*people())
    send(*people(2))

    keys = [call.json["headers"]["idempotencyKey"] for call in provider.calls]
    assert keys[0] == keys[1] != keys[2]


def test_two_installations_with_one_account_have_different_keys(settings):
    settings.PUBLIC_BASE_URL = "https://status.example"
    here = esp_calls.idempotency_key([message(ANA)])
    settings.PUBLIC_BASE_URL = "https://staging.example"

    assert esp_calls.idempotency_key([message(ANA)]) != here


@at(esp.RESEND)
def test_a_key_that_resend_has_seen_with_other_words_is_an_unknown_outcome(provider):
    provider.answers.append((409, {"name": "invalid_idempotent_request", "message": "seen"}))

    assert kinds(send(message(ANA))) == [UnknownOutcome]


@at(esp.BREVO)
def test_a_key_that_brevo_has_seen_is_an_unknown_outcome(provider):
    provider.answers.append((400, {"code": "duplicate_parameter", "message": "seen"}))

    assert kinds(send(message(ANA))) == [UnknownOutcome]


# What one provider does to a message.


@at(esp.POSTMARK)
def test_postmark_keeps_our_message_id(provider):
    send(*people(2))

    assert [one.headers["X-PM-KeepID"] for one in provider.arrived] == ["true", "true"]


@at(esp.BREVO)
def test_brevo_gets_headers_it_cannot_break_and_no_template(provider):
    ana = message(ANA, salutation="Hello {{ contact.PHONE }}{% x %},")
    send(ana)

    (one,) = provider.arrived
    assert one.headers["List-Id"] == "Storungen <notices.status.example>"
    assert not any(mark in part for mark in ("{{", "{%") for part in (one.text, one.html))
    assert "Hello {\u2060{ contact.PHONE }}{\u2060% x %}," in one.text
    assert "Hello &#123;{ contact.PHONE }}&#123;% x %}," in one.html


@at(esp.MAILERSEND)
def test_a_provider_without_metadata_is_not_asked_for_it(provider):
    assert kinds(send(*people(2))) == [Accepted] * 2
    assert len(provider.calls) == 2


# The words for what is said of one recipient.


@pytest.mark.parametrize(
    ("word", "blames_address", "outcome"),
    [
        ("sent", True, Accepted),
        ("queued", True, Accepted),
        ("invalid", True, DeadAddress),
        ("rejected", True, DeadAddress),
        ("invalid", False, PermanentFailure),
        ("rejected", False, PermanentFailure),
        ("failed", True, PermanentFailure),
        ("unknown", True, UnknownOutcome),
        (None, True, UnknownOutcome),
    ],
)
def test_a_status_is_understood(word, blames_address, outcome):
    status = AnymailRecipientStatus("1", word)

    assert type(of_status(status, Provider(blames_address=blames_address))) is outcome


def test_a_recipient_nothing_is_said_about_is_unknown():
    assert type(of_status(None, Provider())) is UnknownOutcome


@pytest.mark.parametrize(
    ("status", "failure"),
    [(429, TemporaryFailure), (400, PermanentFailure), (403, SenderFault), (500, UnknownOutcome)],
)
def test_an_error_of_amazons_library_is_understood(status, failure):
    response = {"ResponseMetadata": {"HTTPStatusCode": status}}
    error = AnymailAPIError("no", response=response)

    assert type(classify(error, PROVIDERS["Amazon SES"])) is failure


# Anymail's own test backend, which knows no vendor.


@pytest.fixture
def anymails_own(settings, monkeypatch):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    answers = {}
    real = AnymailsOwn.post_to_esp

    def post(self, payload, mail_message):
        if (answer := answers.get(mail_message.to[0])) is not None:
            mail_message.anymail_test_response = answer
        return real(self, payload, mail_message)

    monkeypatch.setattr(AnymailsOwn, "post_to_esp", post)
    return answers


def test_an_unknown_provider_has_one_message_each_with_its_delivery(anymails_own):
    assert kinds(send(*people())) == [Accepted] * 3

    sent = [one.anymail_test_params for one in mail.outbox]
    assert [one["is_batch_send"] for one in sent] == [False] * 3
    assert [one["metadata"] for one in sent] == [{"delivery": str(n)} for n in (1, 2, 3)]
    assert [[to.addr_spec for to in one["to"]] for one in sent] == [[to] for to in MAILBOXES]


def test_mixed_results_are_each_ones_own(anymails_own):
    status = AnymailRecipientStatus(None, "rejected")
    anymails_own[ANA] = {"recipient_status": {ANA: status}}
    answer = requests.Response()
    answer.status_code = 500
    anymails_own[BO] = AnymailRequestsAPIError("no", response=answer)

    assert kinds(send(*people())) == [PermanentFailure, UnknownOutcome, Accepted]


# Several addresses in one mail: never on a backend that is not Anymail's.


@pytest.mark.parametrize(
    "backend",
    [
        "django.core.mail.backends.locmem.EmailBackend",
        "django.core.mail.backends.console.EmailBackend",
        "django.core.mail.backends.dummy.EmailBackend",
        "django.core.mail.backends.filebased.EmailBackend",
        "django.core.mail.backends.smtp.EmailBackend",
        "messaging.channels.smtp.Backend",
    ],
)
def test_a_call_for_many_is_not_even_made_for_another_backend(settings, backend):
    settings.EMAIL_BACKEND = backend

    with pytest.raises(ImproperlyConfigured, match="no backend of Anymail's"):
        esp_calls.backend(PROVIDERS["Postmark"])


def test_no_address_leaks_on_a_backend_that_would_show_them_all(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    send(*people())

    assert [one.recipients() for one in mail.outbox] == [[to] for to in MAILBOXES]
    assert [one.extra_headers["List-Unsubscribe"] for one in mail.outbox] == [
        f"<https://status.example/u/{number}/?a=1&b=2>" for number in (1, 2, 3)
    ]


def test_no_address_leaks_over_smtp(smtp_catcher):
    send(*people())

    assert [caught.recipients for caught in smtp_catcher.caught] == [(to,) for to in MAILBOXES]
    assert [one["To"] for one in smtp_catcher.messages] == list(MAILBOXES)


@pytest.mark.parametrize(
    "anymail",
    [
        {"IGNORE_UNSUPPORTED_FEATURES": True},
        {"SEND_DEFAULTS": {"cc": ["boss@example.com"]}},
        {"SEND_DEFAULTS": {"bcc": ["archive@example.com"]}},
        {"POSTMARK_SEND_DEFAULTS": {"to": ["all@example.com"]}},
        {"SEND_DEFAULTS": {"merge_data": {}}},
    ],
)
def test_settings_that_would_leak_or_drop_are_refused(anymail):
    with override_settings(ANYMAIL=anymail):
        [error] = checks.mail_is_for_one_reader()

    assert error.id == "config.E002"


def test_harmless_settings_are_not():
    with override_settings(ANYMAIL={"SEND_DEFAULTS": {"tags": ["notice"]}}):
        assert checks.mail_is_for_one_reader() == []


# The table.


def test_every_provider_of_anymails_has_its_row():
    known = {
        import_string(f"anymail.backends.{name}.EmailBackend").esp_name
        for name in ANYMAILS - {"amazon_ses", "sendgrid"}
    }

    # The two others need a library that is not installed, and warn when they are imported.
    assert known | {"Amazon SES", "SendGrid"} == set(PROVIDERS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_row_says_how_many_share_a_call_and_how(name):
    row = providers.of(name)

    assert (row.per_call > 1) == bool(row.whole or row.variable)
    assert 1 <= row.per_call <= providers.MOST_PER_CALL
