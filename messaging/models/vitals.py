"""Small rows that health and metrics are read from, so that nobody counts deliveries for them.

Software reads them; people have the admin.
"""

from django.db import models
from django.db.models.functions import Now

from audiences.models import Channel


class Tally(models.Model):
    """How many messages ended in one way on a channel, ever, and when the latest did."""

    channel = models.CharField(max_length=10, choices=Channel)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=40, blank=True)
    count = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # What tallies.add() adds to.
            models.UniqueConstraint(fields=["channel", "outcome", "code"], name="tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.outcome} {self.code}: {self.count}"


class Heartbeat(models.Model):
    """When a task that beat fires again and again last came to its end."""

    task = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.task
