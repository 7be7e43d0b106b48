import pytest

from incidents.models import Impact
from incidents.rollup import overall

OK, CARE, SLOW, PART, DOWN = (
    "operational",
    "under_maintenance",
    "degraded_performance",
    "partial_outage",
    "major_outage",
)


@pytest.mark.parametrize(
    ("statuses", "description", "indicator"),
    [
        ([], "All Systems Operational", Impact.NONE),
        ([OK, OK], "All Systems Operational", Impact.NONE),
        ([DOWN], "Major System Outage", Impact.CRITICAL),
        ([DOWN, DOWN], "Major System Outage", Impact.CRITICAL),
        ([DOWN, OK, PART], "Partial System Outage", Impact.MAJOR),
        ([PART], "Partial System Outage", Impact.MAJOR),
        ([PART, PART], "Partial System Outage", Impact.MAJOR),
        ([PART, SLOW, OK], "Minor Service Outage", Impact.MINOR),
        ([SLOW, SLOW], "Degraded System Service", Impact.MINOR),
        ([SLOW], "Partially Degraded Service", Impact.MINOR),
        ([SLOW, OK, CARE], "Partially Degraded Service", Impact.MINOR),
        ([CARE, OK], "Service Under Maintenance", Impact.MAINTENANCE),
        ([CARE, CARE], "Service Under Maintenance", Impact.MAINTENANCE),
    ],
)
def test_the_worst_component_decides_and_whether_others_share_it(statuses, description, indicator):
    state = overall(statuses=statuses, impacts=[])

    assert (str(state.description), state.indicator) == (description, indicator)


@pytest.mark.parametrize(
    ("impacts", "indicator"),
    [
        ({"none"}, Impact.NONE),
        ({"minor", "critical"}, Impact.CRITICAL),
        ({"major"}, Impact.MAJOR),
        ({"maintenance", "minor"}, Impact.MINOR),
        ({"maintenance"}, Impact.MAINTENANCE),
    ],
)
def test_an_active_incident_counts_where_all_components_look_fine(impacts, indicator):
    assert overall(statuses=[OK], impacts=impacts).indicator == indicator


def test_components_outweigh_the_impact_of_an_incident():
    assert overall(statuses=[SLOW, OK], impacts={"critical"}).indicator == Impact.MINOR
