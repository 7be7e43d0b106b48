"""What a task asks a person to post by hand where customers are, with what is known by now."""

from collections.abc import Sequence

from incidents.models import Incident, TimelineEntry, Update
from incidents.services import facts, leaks
from incidents.services.leaks import Kept
from messaging.services import posts
from messaging.services.posts import Post


def of_task(entry: TimelineEntry) -> list[Post]:
    """In every language of its template; a task without one is about something else.

    In a drill nothing is to stand in public, and what not everybody was to hear never is: there
    are none either.
    """
    step, incident = entry.step, entry.incident
    is_drill = incident.mode == Incident.Mode.DRILL
    if not step.is_post or step.template is None or is_drill:
        return []
    heard = incident.updates.public().prefetch_related("corrections")
    about = [one for one in heard if entry.update_id in (None, one.pk)]
    update = _latest(about)
    if entry.update_id and update is None:
        return []
    known = facts.build(incident=incident, update=update).texts
    kept = leaks.kept_by(incident)
    return [_for_all(one, kept) for one in posts.of_template(step.template, known).values()]


def _for_all(post: Post, kept: Kept | None) -> Post:
    """A technical fact is not posted: a person is there, and finds other words."""
    leaked = kept.quoted(post.text) if kept else []
    return Post(post.language, error=leaks.says(leaked[0])) if leaked else post


def _latest(heard: Sequence[Update]) -> Update | None:
    """The last of them as it holds now; what was taken back holds no more."""
    holding = [one.as_corrected for one in heard]
    return next((one for one in reversed(holding) if not one.withdraws), None)
