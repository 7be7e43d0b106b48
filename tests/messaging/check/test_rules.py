"""What the check says about a draft, rule by rule, and where it points."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging import check
from messaging.models import Template

NOW = datetime(2026, 3, 12, 12, 5, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)


def draft(text: str, **changes: object) -> check.Draft:
    plain = check.Draft(
        text=text,
        language="en",
        stage="update",
        now=NOW,
        status="identified",
        impact="minor",
        next_update_at=SOON,
        components=["Sign-in"],
    )
    return replace(plain, **changes)


def rules(text: str, **changes: object) -> set[str]:
    return {finding.rule for finding in check.read(draft(text, **changes))}


GOOD = {
    "en": "About one in ten sign-ins still fails. We are moving the rest to new servers. "
    "The next update comes at 12:35 UTC.",
    "de": "Etwa jede zehnte Anmeldung schlägt noch fehl. Wir verlegen den Rest auf neue Server. "
    "Die nächste Meldung kommt um 12:35 Uhr UTC.",
}


@pytest.mark.parametrize("language", GOOD)
def test_a_good_update_is_left_in_peace(language: str) -> None:
    assert check.read(draft(GOOD[language], language=language)) == []


@pytest.mark.parametrize(
    ("rule", "language", "text", "changes"),
    [
        ("next-update-missing", "en", "We are testing a fix.", {"next_update_at": None}),
        ("next-update-missing", "de", "Wir testen eine Korrektur.", {"next_update_at": None}),
        ("next-update-vague", "en", "We are testing a fix and will update you soon.", {}),
        ("next-update-vague", "de", "Wir testen eine Korrektur und melden uns in Kürze.", {}),
        ("next-update-contradicts", "en", "Testing a fix. Next update at 13:00 UTC.", {}),
        ("next-update-contradicts", "de", "Nächste Meldung um 11:30 Uhr UTC. Wir testen.", {}),
        ("next-update-contradicts", "en", "On 11 March 2026 we will write again.", {}),
        ("next-update-contradicts", "en", "Next update: Friday, 13 March.", {}),
        ("next-update-contradicts", "en", "We will write again at midnight.", {}),
        ("next-update-contradicts", "de", "Am 10. März schreiben wir um Mitternacht wieder.", {}),
        ("action-missing", "en", "Sign-in fails for some of you.", {}),
        ("action-missing", "de", "Für einige schlägt die Anmeldung fehl.", {}),
        ("workaround-missing", "en", "Sign-in fails. We are testing a fix.", {"impact": "major"}),
        ("workaround-missing", "de", "Wir testen eine Korrektur.", {"impact": "critical"}),
        ("fix-promised", "en", "We are testing a fix; it will be resolved by 15:00 UTC.", {}),
        ("fix-promised", "de", "Wir testen. Bis 15:00 Uhr UTC ist das Problem behoben.", {}),
        ("blame", "en", "Our hosting provider failed to renew a line. We are on it.", {}),
        ("blame", "de", "Unser Dienstleister hat das verschuldet. Wir arbeiten daran.", {}),
        ("blame", "en", "AWS has messed up. We are on it.", {}),
        ("blame", "de", "Acme Cloud hat es verbockt. Wir arbeiten daran.", {}),
        ("blame", "de", "Leider hat AWS Mist gebaut. Wir arbeiten daran.", {}),
        ("blame", "de", "Unser Dienstleister hat Murks gebaut.", {}),
        ("joke", "en", "Oops, we are testing a fix.", {}),
        ("joke", "de", "Wir testen eine Korrektur 🙈", {}),
        ("host-name", "en", "We are restarting db-prod-03 now.", {}),
        ("host-name", "de", "Wir starten 10.2.3.4 neu.", {}),
        ("internal-word", "en", "We are restarting the pods of sign-in.", {}),
        ("internal-word", "de", "Wir starten die Pods der Anmeldung neu (OPS-4711).", {}),
        ("internal-word", "en", "Hydra is slow; we test.", {"internal_words": ["hydra"]}),
        ("wrong-date", "en", "We are testing until Friday, 12 March 2026.", {}),
        ("wrong-date", "de", "Wir testen bis zum 31. April.", {}),
        ("time-without-zone", "en", "Since 11:40 sign-in fails. We are testing a fix.", {}),
        ("time-without-zone", "de", "Seit 11:40 Uhr schlägt es fehl. Wir testen.", {}),
        ("midnight", "en", "We are testing until midnight.", {}),
        ("midnight", "de", "Wir testen bis Mitternacht.", {}),
        ("status-contradicts", "en", "The incident has been resolved. We are checking.", {}),
        ("status-contradicts", "de", "Die Störung ist behoben. Wir prüfen noch.", {}),
        ("default-sentence", "en", "We are continuing to work on a fix for this issue.", {}),
        ("default-sentence", "de", "Wir arbeiten an der Behebung der Störung.", {}),
        ("placeholder-left", "en", "We are testing [component] now.", {}),
        ("placeholder-left", "de", "Wir testen. Nächste Meldung um XX:XX.", {}),
        ("wrong-language", "en", "Wir prüfen die Anmeldung und melden uns bei Ihnen.", {}),
        ("wrong-language", "de", "We are checking the sign-in and will be with you.", {}),
    ],
)
def test_each_rule_finds_what_it_is_for(
    rule: str, language: str, text: str, changes: dict[str, object]
) -> None:
    assert rule in rules(text, language=language, **changes)


@pytest.mark.parametrize(
    ("rule", "stage", "status", "text"),
    [
        ("component-missing", "acknowledge", "investigating", "Something fails. We investigate."),
        ("impact-missing", "acknowledge", "investigating", "There is an incident in sign-in."),
        ("cause-early", "acknowledge", "investigating", "It fails due to a broken disk. We check."),
        ("done-missing", "monitoring", "monitoring", "We are watching the sign-in."),
        ("watching-missing", "monitoring", "monitoring", "We replaced a server."),
        ("recovery-missing", "resolved", "resolved", "Thanks to all who wrote to us."),
        ("aftermath-missing", "resolved", "resolved", "Sign-in works again."),
        ("interruption-missing", "announce", "scheduled", "We replace a server on 20 March."),
        (
            "wrong-date",
            "announce",
            "scheduled",
            "We work on 11 March; it stays online.",
        ),
        ("status-contradicts", "resolved", "resolved", "We are still working on it."),
        ("status-contradicts", "acknowledge", "investigating", "We have found the cause."),
        ("status-contradicts", "completed", "completed", "The work is still running."),
        (
            "status-contradicts",
            "monitoring",
            "monitoring",
            "Every second call still fails, and we still do not know why.",
        ),
        ("impact-missing", "acknowledge", "investigating", "Something is wrong with sign-in."),
    ],
)
def test_each_stage_has_its_own_rules(rule: str, stage: str, status: str, text: str) -> None:
    found = rules(text, stage=stage, status=status, components=[])
    assert rule in found


@pytest.mark.parametrize(
    ("rule", "text", "changes"),
    [
        ("cause-early", "Due to this incident sign-in is slow.", {"status": "investigating"}),
        ("cause-early", "The cause is not known yet.", {"status": "investigating"}),
        ("fix-promised", "The next update comes by 12:35 UTC; we are testing a fix.", {}),
        ("fix-promised", "It was fixed for most of you by 11:00 UTC.", {}),
        ("blame", "The outage at one of our providers goes on; we are moving you away.", {}),
        ("host-name", "We shipped version 4.12.0.3, and the region eu-west-1 is fine.", {}),
        ("internal-word", "We test Docker images.", {"public_words": ["Docker images"]}),
        ("host-name", "We restart model-x-003.", {"components": ["model-x-003"]}),
        ("host-name", "We are restarting db-prod-03.", {"is_public": False}),
        ("internal-word", "We are restarting the pods.", {"is_public": False}),
        ("wrong-date", "We are testing until Thursday, 12 March 2026.", {}),
        ("time-without-zone", "Between 11:40 and 12:00 UTC it failed.", {}),
        ("midnight", "The Midnight theme does not load.", {}),
        ("status-contradicts", "Once it has been resolved we write again.", {}),
        ("status-contradicts", "It is not resolved yet.", {}),
        ("placeholder-left", "See [our help](https://example.com/help).", {}),
        ("next-update-contradicts", "Next update in 30 minutes.", {}),
        ("next-update-contradicts", "Next update at 13:35 CET.", {}),
        (
            "next-update-contradicts",
            "Next update at half past one CET.",
            {"next_update_at": NOW + timedelta(minutes=25)},
        ),
        ("next-update-contradicts", "We write again once those of 10 March are sent.", {}),
        ("next-update-contradicts", "By 12 March 2026 we will write again.", {}),
        (
            "next-update-contradicts",
            "On 12 March we will write again at midnight UTC.",
            {"next_update_at": NOW.replace(day=13, hour=0, minute=0)},
        ),
        ("blame", "Sadly we messed up: a change of ours broke it.", {}),
        ("workaround-missing", "Please use the app meanwhile.", {"impact": "major"}),
        ("action-missing", "Sign-in is working normally again.", {}),
        ("action-missing", "Crews have reached both sites and are measuring.", {}),
        ("action-missing", "A damaged part is being swapped.", {}),
        ("blame", "Sign-in fails for customers; a change of ours caused it.", {}),
        ("fix-promised", "We do not have an ETA for the fix yet.", {}),
        ("status-contradicts", "Search is fixed, but some exports still fail.", {}),
        ("status-contradicts", "Everybody has to sign in again while we move data.", {}),
        ("status-contradicts", "We expect to have it all back to normal by tonight.", {}),
        ("time-without-zone", "At half past four GMT it failed.", {}),
    ],
)
def test_what_only_looks_like_it_is_no_finding(
    rule: str, text: str, changes: dict[str, object]
) -> None:
    stage = "holding" if rule == "cause-early" else "update"
    assert rule not in rules(text, stage=stage, **changes)


def test_a_finding_quotes_its_place_and_says_why() -> None:
    text = "We are restarting db-prod-03 and testing it."
    (finding,) = (one for one in check.read(draft(text)) if one.rule == "host-name")
    assert finding.quote == "db-prod-03"
    assert text[finding.start : finding.end] == finding.quote
    assert finding.message
    assert finding.level == check.Level.MUST_NOT


def test_what_must_be_mended_comes_first() -> None:
    levels = [finding.level for finding in check.read(draft("Since 11:40 db-prod-03 fails, oops."))]
    advice = levels.index(check.Level.SHOULD)
    assert advice > 0
    assert set(levels[advice:]) == {check.Level.SHOULD}


def test_nothing_is_said_about_a_language_that_is_left_empty() -> None:
    assert check.read(draft(" \n ")) == []


def test_nothing_is_said_about_a_language_that_nobody_has_taught_it() -> None:
    assert check.read(draft("Bonjour, le service ne marche pas.", language="fr")) == []


def test_a_text_in_the_wrong_language_is_read_in_its_own() -> None:
    german = "Für einige schlägt die Anmeldung fehl, wir bringen sie auf neue Server."
    assert rules(german) == {"wrong-language"}


def test_a_time_just_after_the_end_of_the_day_is_tomorrow() -> None:
    late = datetime(2026, 3, 12, 23, 50, tzinfo=UTC)
    changes = {"now": late, "next_update_at": late + timedelta(minutes=30)}
    assert rules("We are testing. Next update at 00:20 UTC.", **changes) == set()


def test_every_stage_of_the_templates_is_asked_about_something() -> None:
    asked = set().union(*(rule.stages for rule in check.RULES.values()))
    unasked = {Template.Stage.COMMITMENT, *Template.ASKING, *Template.DUTY}
    assert asked == set(Template.Stage) - unasked


def test_why_something_is_so_belongs_to_what_is_said_about_it() -> None:
    german = "Anmelden geht wieder. Warum der Alarm stumm blieb, untersuchen wir noch."
    assert "status-contradicts" not in rules(
        german, language="de", stage="resolved", status="resolved"
    )


@pytest.mark.slow(reason="10,000 characters for every rule of a stage")
@pytest.mark.parametrize("stage", ["acknowledge", "monitoring", "resolved", "announce"])
@settings(max_examples=2, deadline=None)
@given(data=st.data(), language=st.sampled_from(["de", "en"]))
def test_a_long_text_of_the_same_again_and_again_is_read_to_its_end(
    stage: str, data: st.DataObject, language: str
) -> None:
    """A pattern that walks in circles would not come back from this."""
    piece = data.draw(
        st.sampled_from(
            ["a-", "a.", "we are ", "hat ", "\t", "now ", "[a", "12:", "the team ", "_"]
        )
        | st.text(min_size=1, max_size=8)
    )
    text = (piece * 10_000)[:10_000]
    for finding in check.read(draft(text, language=language, stage=stage)):
        assert text[finding.start : finding.end] == finding.quote


@settings(max_examples=50)
@given(
    text=st.text(max_size=300) | st.lists(st.sampled_from(GOOD["en"].split())).map(" ".join),
    language=st.sampled_from(["de", "en", "de-at"]),
    stage=st.sampled_from([*Template.Stage]),
)
def test_whatever_is_written_every_finding_stands_in_the_text(
    text: str, language: str, stage: str
) -> None:
    for finding in check.read(draft(text, language=language, stage=stage)):
        assert text[finding.start : finding.end] == finding.quote
