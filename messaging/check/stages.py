"""Which stages of the story have what in common; the names are those of Template.Stage."""

FIRST = frozenset(("acknowledge", "scope"))
OF_INCIDENT = FIRST | {"update", "holding", "identified", "monitoring", "resolved", "postmortem"}
OF_MAINTENANCE = frozenset(
    (
        *("announce", "reminder", "moved", "started", "overrun", "extended", "rolled_back"),
        *("verifying", "completed", "cancelled"),
    )
)
EVERYWHERE = OF_INCIDENT | OF_MAINTENANCE | {"correction"}
ENDING = frozenset(("resolved", "postmortem", "correction", "completed", "cancelled"))
# Between these and the end somebody waits for the next word.
WAITING = (OF_INCIDENT | OF_MAINTENANCE) - ENDING - {"announce", "reminder", "moved", "rolled_back"}
# Here it is not known yet why, and not known how long.
CAUSE_UNKNOWN = FIRST | {"holding"}
