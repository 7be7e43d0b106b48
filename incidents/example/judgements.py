"""What customers of the example company answered after its incidents, and what came of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from feedback.models import Answer, FollowUp, Invitation, Question, Response, Tag
from feedback.services import responses, tags
from incidents.models import Improvement, Plan
from messaging.models import Delivery

HOUR = timedelta(hours=1)
_FIRST, _CALM, _PHONE = "First notice", "Wording", "By telephone"
# What a comment says in German and English, and what it is about.
Words = tuple[str, str, str]
_MISSED: Sequence[Words] = (
    (
        "Wir haben es von unseren Kunden erfahren, bevor Ihre Mail kam.",
        "Our customers told us before your mail came.",
        _FIRST,
    ),
    ("Die erste Nachricht kam viel zu spät.", "The first message came far too late.", _FIRST),
    ("Eine Stunde lang nichts zu hören ist zu lang.", "An hour without a word is too long.", ""),
    (
        "Was wir solange tun können, stand nirgends.",
        "Nowhere did it say what we could do meanwhile.",
        "",
    ),
    (
        "Ein Anruf hätte uns einen Arbeitstag gespart.",
        "One call would have saved us a day.",
        _PHONE,
    ),
    (
        "Zu technisch, unsere Leute am Packtisch verstehen das nicht.",
        "Too technical for the people at our packing tables.",
        _CALM,
    ),
    ("Die zugesagte Zeit wurde nicht gehalten.", "You did not keep to the time you promised.", ""),
)
_BETTER: Sequence[Words] = (
    (
        "Bitte gleich sagen, welche Standorte betroffen sind.",
        "Please say at once which sites are affected.",
        "",
    ),
    (
        "Die SMS reicht mir, die Mail lese ich später.",
        "The text is enough, I read the mail later.",
        "",
    ),
    (
        "Weiter so, man wusste immer, woran man ist.",
        "Keep it up, one always knew where one stood.",
        _CALM,
    ),
    (
        "Der Hinweis auf die CSV-Datei hat uns gerettet.",
        "The advice about the CSV file saved us.",
        "",
    ),
    (
        "Früher melden, auch wenn noch nichts feststeht.",
        "Write earlier, even when nothing is certain yet.",
        _FIRST,
    ),
    ("Bei so etwas bitte anrufen.", "Please phone us about such things.", _PHONE),
    ("Kurz und klar, danke.", "Short and clear, thank you.", _CALM),
    (
        "Der Abschlussbericht war sehr offen, das schätzen wir.",
        "The post-mortem was very open, we value that.",
        "",
    ),
)
_OUTCOMES = (
    "Phoned: they want the first notice as a text message, too. Set up.",
    "Wrote back and apologised; no further wishes.",
    "Phoned: explained what we change, they are content with it.",
)
_HELPFUL = {"email": 6, "page": 4, "next": 5, "workaround": 3, "sms": 2, "call": 1}


def give(
    *,
    invitation: Invitation,
    by: Sequence[Delivery],
    mood: float,
    asked_at: datetime,
    chance: Random,
) -> None:
    """Let these people answer within two days, the better the mood the better their marks."""
    questions = {one.key: one for one in invitation.version.questions.all()}
    given = Response.objects.bulk_create(
        Response(
            invitation=invitation,
            delivery=delivery,
            language=delivery.language,
            submitted_at=(at := asked_at + chance.triangular(0.1, 48, 1) * HOUR),
            changed_at=at,
        )
        for delivery in by
    )
    about_what = {name: tags.named(name=name) for name in (_FIRST, _CALM, _PHONE)}
    said = [
        (answer, about) for one in given for answer, about in _answers(one, questions, mood, chance)
    ]
    Answer.objects.bulk_create(answer for answer, _about in said)
    Tag.comments.through.objects.bulk_create(
        Tag.comments.through(tag=about_what[about], answer=answer)
        for answer, about in said
        if about
    )
    FollowUp.objects.bulk_create(
        _follow_ups(given, [one for one, _about in said], invitation, chance)
    )


def heed(*, plan: Plan, by: User, now: datetime) -> None:
    """Write sooner, since that is what they missed most."""
    improvement = Improvement.objects.create(
        text={
            "de": "Sie sagten: Die erste Nachricht kommt zu spät. Seither melden wir uns, sobald"
            " wir ein Problem sehen, auch wenn die Ursache noch offen ist.",
            "en": "You said: the first message comes too late. Since then we write as soon as we"
            " see a problem, even while the cause is open.",
        },
        plan=plan,
        published_at=now,
        published_by=by,
    )
    improvement.comments.set(
        Answer.objects.filter(tags__name=_FIRST, response__submitted_at__lt=now)
    )


def _answers(
    response: Response, questions: dict[str, Question], mood: float, chance: Random
) -> Iterator[tuple[Answer, str]]:
    """Each with the tag that it is given, if any; only the first question is always answered."""
    mark = min(max(round(chance.gauss(1.9 + 2.9 * mood, 0.9)), 1), 5)
    yield Answer(response=response, question=questions["informed"], score=mark), ""
    is_low, place = mark <= 2, 0 if response.language == "de" else 1
    if is_low and chance.random() < 0.8:
        yield _comment(response, questions["missing"], chance.choice(_MISSED), place)
    if chance.random() < 0.85:
        early = "yes" if chance.random() < 0.15 + 0.8 * mood else "no"
        yield Answer(response=response, question=questions["early"], choice=early), ""
    if not is_low or chance.random() < 0.4:
        picked = chance.choices(list(_HELPFUL), list(_HELPFUL.values()), k=chance.randint(1, 3))
        for choice in sorted({*picked}):
            yield Answer(response=response, question=questions["helpful"], choice=choice), ""
    if chance.random() < 0.35:
        yield _comment(response, questions["better"], chance.choice(_BETTER), place)
    if chance.random() < 0.5:
        wish = "yes" if is_low and chance.random() < 0.5 else "no"
        yield Answer(response=response, question=questions["contact"], choice=wish), ""


def _comment(
    response: Response, question: Question, words: Words, place: int
) -> tuple[Answer, str]:
    return Answer(response=response, question=question, text=words[place]), words[2]


def _follow_ups(
    given: Sequence[Response], said: Sequence[Answer], invitation: Invitation, chance: Random
) -> Iterator[FollowUp]:
    """Somebody has called back, in time."""
    for response in given:
        theirs = [one for one in said if one.response is response]
        if responses.is_low(theirs) or any(
            one.question.key == "contact" and one.choice == "yes" for one in theirs
        ):
            at = response.submitted_at
            yield FollowUp(
                response=response,
                owner=invitation.owner,
                due_at=at + responses.CALL_BACK_WITHIN,
                state=FollowUp.State.DONE,
                outcome=chance.choice(_OUTCOMES),
                done_at=at + chance.uniform(2, 40) * HOUR,
            )
