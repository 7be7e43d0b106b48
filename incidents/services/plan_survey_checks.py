"""What is wrong with how a plan reminds of its surveys."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from feedback.services import reminders, surveys
from incidents.models import PlanStep
from incidents.services.plan_findings import Finding, error, warning


def check(steps: Sequence[PlanStep]) -> Iterator[Finding]:
    reminding = [step for step in steps if step.reminds and step.survey]
    for index, step in enumerate(reminding):
        asking = [one for one in steps if one.asks and not one.reminds]
        before = [one for one in asking if one.survey_id == step.survey_id]
        if not before:
            words = _(
                "It reminds of a survey that no step asks: add a feedback request with this survey."
            )
            yield error(words, "survey", step)
            continue
        if any(one.survey_id == step.survey_id for one in reminding[:index]):
            yield warning(_("Nobody is reminded twice: take this step out."), "survey", step)
        yield from _time(step, before)


def _time(step: PlanStep, before: Sequence[PlanStep]) -> Iterator[Finding]:
    assert step.survey, "asked for by the caller"
    version = surveys.in_force(survey=step.survey)
    if version and version.is_anonymous:
        words = _("Its survey is anonymous: nobody can be reminded. Take this step out.")
        yield warning(words, "survey", step)
    together = [one for one in before if one.trigger == step.trigger]
    if any(step.offset < one.offset + reminders.SOONEST for one in together):
        words = _("Nobody is reminded within a day of the request: let it come later.")
        yield error(words, "offset", step)
    elif version and any(step.offset >= one.offset + version.open_for for one in together):
        yield warning(_("The survey is closed by then: let it come sooner."), "offset", step)
