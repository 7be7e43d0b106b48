"""The planner: (story, steps, now) → entries. Pure: no clock, no database, no settings.

Real runs, drills, replays and previews all use it. Running it again with the same story gives the
same entries; each is named by its slot, so that nothing is planned twice.
"""

from incidents.planning.rhythms import RhythmRule, Rhythms
from incidents.planning.story import Change, Entry, Said, Step, Story
from incidents.planning.timeline import plan_timeline

__all__ = ["Change", "Entry", "RhythmRule", "Rhythms", "Said", "Step", "Story", "plan_timeline"]
