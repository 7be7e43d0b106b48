from datetime import datetime, timedelta

from django.db import models


class StoryClock(models.Model):
    """A clock of its own: story time.

    A real incident's clock shows the real time; a drill, a demonstration or a replay runs faster,
    or stands still until it is set.
    """

    clock_origin_at = models.DateTimeField(null=True, editable=False)
    clock_anchor_at = models.DateTimeField(null=True, editable=False)
    clock_speed = models.FloatField(default=1, editable=False)

    class Meta:
        abstract = True

    def story_time(self, now: datetime) -> datetime:
        """What this incident's clock shows at a real moment; never later than that moment."""
        if not self.clock_origin_at or not self.clock_anchor_at:
            return now
        return min(self.clock_origin_at + (now - self.clock_anchor_at) * self.clock_speed, now)

    def real_time(self, at: datetime, now: datetime) -> datetime:
        """When its clock, if nobody sets it, will show a moment of the story."""
        if self.has_real_time or not self.clock_speed:
            return at
        return now + (at - self.story_time(now)) / self.clock_speed

    @property
    def has_real_time(self) -> bool:
        """Whether its clock shows the real time, as for everything that is no exercise."""
        return self.clock_origin_at is None

    @property
    def grace(self) -> timedelta:
        """A tick or two may pass before something due is done; only then is it late."""
        return timedelta(seconds=30) * max(self.clock_speed, 1)

    def set_clock(self, *, story: datetime, now: datetime, speed: float) -> None:
        """From `now` on the clock shows `story` and runs at `speed` (0 stands still)."""
        self.clock_origin_at, self.clock_anchor_at, self.clock_speed = story, now, speed
        self.save(update_fields=["clock_origin_at", "clock_anchor_at", "clock_speed"])
