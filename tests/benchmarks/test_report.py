import pytest

from benchmarks import report

RUN = {
    "raw_per_s": 20_000,
    "raw_rounds": [19_000, 20_000],
    "share_of_raw_limit": 0.5,
    "cpu_us_per_message": {"sender-1": 60},
    "message_bytes": 5_000,
    **dict.fromkeys(("people", "rounds", "senders", "connections", "cores", "memory_gb"), 2),
    **dict.fromkeys(("processor", "system", "load_before", "load_after"), "x"),
    "versions": {"python": "3.11"},
}

BEGIN, END = report.marks("figures")


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(f"Before\n\n{BEGIN}{END}\nAfter\n")
    return path


def test_a_new_table_takes_the_place_of_the_old_one(page):
    report.put("| old |", page=page)
    report.put("| new |", page=page)

    assert page.read_text() == f"Before\n\n{BEGIN}\n| new |\n\n{END}\nAfter\n"


@pytest.mark.parametrize("part", ["figures", "admin", "plans", "answers"])
def test_the_page_in_the_docs_has_a_place_for_each_table(part):
    text = report.PAGE.read_text()
    begin, end = report.marks(part)

    assert text.index(begin) < text.index(end)


def test_the_table_shows_what_was_measured_and_leaves_out_the_rest():
    table = "\n".join(report.table(RUN))

    assert "| raw limit, messages/s | 20,000 | smtp-source; rounds [19000, 20000] |" in table
    assert "| share of the raw limit | 0.50 | at least 0.45 |" in table
    assert "sender-1 60" in table
    assert "django-post_office" not in table
