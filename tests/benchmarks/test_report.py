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


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "performance.md"
    path.write_text(f"Before\n\n{report.BEGIN}{report.END}\nAfter\n")
    return path


def test_a_new_table_takes_the_place_of_the_old_one(page):
    report.put("| old |", page)
    report.put("| new |", page)

    assert page.read_text() == f"Before\n\n{report.BEGIN}\n| new |\n\n{report.END}\nAfter\n"


def test_the_page_in_the_docs_has_a_place_for_the_table():
    text = report.PAGE.read_text()

    assert text.index(report.BEGIN) < text.index(report.END)


def test_the_table_shows_what_was_measured_and_leaves_out_the_rest():
    table = "\n".join(report.table(RUN))

    assert "| raw limit, messages/s | 20,000 | smtp-source; rounds [19000, 20000] |" in table
    assert "| share of the raw limit | 0.50 | at least 0.45 |" in table
    assert "sender-1 60" in table
    assert "django-post_office" not in table
