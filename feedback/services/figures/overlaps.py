"""Who belongs to which segments at once: what the figures of one tell of another's."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from feedback.services.figures import dimensions
from feedback.services.figures.questions import Topic
from feedback.services.figures.slices import Slice

# How many people belong to exactly these groups: by question, and of None in all.
ByQuestion = dict[int | None, Counter[frozenset[int]]]


def of_segments(of: Slice, topics: Sequence[Topic], segments: Sequence[str | None]) -> ByQuestion:
    """By the places of the segments, which are named by their keys."""
    places = {segment: place for place, segment in enumerate(segments) if segment}
    heard = dimensions.heard(of.responses(), "delivery__")
    key = dimensions.dimension(dimensions.SEGMENT).responses
    belongs: dict[int, frozenset[int]] = defaultdict(frozenset)
    for response, segment in heard.values_list("pk", key).distinct():
        if str(segment) in places:
            belongs[response] |= {places[str(segment)]}
    together: ByQuestion = defaultdict(Counter)
    together[None].update(belongs[one] for one in of.responses().values_list("pk", flat=True))
    topic_of = {number: topic.question.pk for topic in topics for number in topic.ids}
    answered = of.answers().values_list("response_id", "question_id").distinct()
    for response, question in answered:
        together[topic_of[question]][belongs[response]] += 1
    return together
