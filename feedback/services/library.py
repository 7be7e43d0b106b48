"""The survey that comes with the product: what is asked after an incident."""

from feedback.models import Question, Survey

_QUESTIONS: tuple[dict[str, object], ...] = (
    {
        "kind": Question.Kind.CSAT,
        "is_required": True,
        "text": {
            "de": "Wie gut haben wir Sie auf dem Laufenden gehalten?",
            "en": "How well did we keep you informed?",
        },
    },
    {
        "kind": Question.Kind.YES_NO,
        "text": {
            "de": "Kamen unsere Nachrichten früh genug?",
            "en": "Did our messages come early enough?",
        },
    },
    {
        "kind": Question.Kind.CHOICE,
        "text": {"de": "Was hat Ihnen am meisten geholfen?", "en": "What helped you most?"},
        "choices": [
            {"value": "email", "label": {"de": "Die E-Mails", "en": "The e-mails"}},
            {"value": "sms", "label": {"de": "Die SMS", "en": "The text messages"}},
            {"value": "page", "label": {"de": "Die Statusseite", "en": "The status page"}},
            {"value": "call", "label": {"de": "Ein Anruf von uns", "en": "A call from us"}},
            {"value": "none", "label": {"de": "Nichts davon", "en": "None of these"}},
        ],
    },
    {
        "kind": Question.Kind.TEXT,
        "text": {
            "de": "Was sollen wir beim nächsten Mal besser machen?",
            "en": "What should we do better next time?",
        },
    },
)


SLUG = "post-incident"


def load() -> Survey:
    """Create the survey, unless it is there: somebody may have made it their own."""
    if there := Survey.objects.filter(slug=SLUG).first():
        return there
    survey = Survey.objects.create(
        slug=SLUG,
        title={"de": "Ihre Meinung zu unseren Nachrichten", "en": "Your view of our messages"},
        intro={
            "de": "Vier kurze Fragen, etwa eine Minute. Nur die erste braucht eine Antwort.",
            "en": "Four short questions, about a minute. Only the first one needs an answer.",
        },
        thanks={
            "de": "Vielen Dank. Wir lesen jede Antwort, und wo etwas schiefging, melden wir uns.",
            "en": "Thank you. We read every answer, and where something went wrong, we call you.",
        },
    )
    for position, fields in enumerate(_QUESTIONS):
        Question.objects.create(survey=survey, position=position, **fields)
    return survey
