import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from audiences.services import telephones
from audiences.services.addresses import InvalidAddress, normalise_email, normalise_phone


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Ana@Example.COM", "ana@example.com"),
        ("  ana@example.com\u200b ", "ana@example.com"),
        ("mailto:ana@example.com", "ana@example.com"),
        ("ana+status@example.com", "ana+status@example.com"),
        ("a.n.a@example.com", "a.n.a@example.com"),
        ("ana@kunde.test", "ana@kunde.test"),
        ("ana@bäckerei.example", "ana@xn--bckerei-5wa.example"),
        ("ana@XN--BCKEREI-5WA.example", "ana@xn--bckerei-5wa.example"),
    ],
)
def test_a_mailbox_has_one_spelling(written: str, stored: str) -> None:
    assert normalise_email(written) == stored


def test_a_sharp_s_in_a_domain_is_not_two_s() -> None:
    assert normalise_email("ana@groß.example") != normalise_email("ana@gross.example")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ana",
        "ana@",
        "@example.com",
        "ana@localhost",
        "ana@[192.0.2.7]",
        "ana@example..com",
        "ana weber@example.com",
        "Ana <ana@example.com>",
        '"ana weber"@example.com',
        "ana@example.com, bo@example.com",
        "ü" * 33 + "@example.com",
        "\u202eana@example.com",
        "ana@example.com\r\nBcc: bo@example.com",
        "ana@" + "a" * 60 + "." + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + ".example",
    ],
)
def test_what_is_no_single_mailbox_is_refused(written: str) -> None:
    with pytest.raises(InvalidAddress):
        normalise_email(written)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Jürgen@Example.de", "jürgen@example.de"),
        ("ju\u0308rgen@example.de", "jürgen@example.de"),
        ("山田@example.com", "山田@example.com"),
        ("søren.o'neill@bücher.example", "søren.o'neill@xn--bcher-kva.example"),
    ],
)
def test_letters_of_any_script_stand_before_the_at(written: str, stored: str) -> None:
    assert normalise_email(written) == stored


def test_the_refusal_quotes_the_value_on_one_line() -> None:
    with pytest.raises(InvalidAddress) as refused:
        normalise_email("ana@example.com\r\nBcc: bo@example.com")

    assert "ana@example.com  Bcc: bo@example.com" in str(refused.value)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("0171 39200-42", "DE", "+491713920042"),
        ("0049 171 3920042", "DE", "+491713920042"),
        ("+49 (0) 171/392 00 42", "US", "+491713920042"),
        ("'+491713920042", "DE", "+491713920042"),
        ("491713920042", "DE", "+491713920042"),
        ("49 151 23456704", "DE", "+4915123456704"),
        ("49-151/234.567 04", "DE", "+4915123456704"),
        ("49\u00a0151\u202f23456704", "DE", "+4915123456704"),
        ("49 (0) 151 23456704", "DE", "+4915123456704"),
        ("49 30 123456", "DE", "+4930123456"),
        # The zero says that Leer in the north-west is meant, whose own code begins with 49.
        ("04912 12345", "DE", "+49491212345"),
        ("tel:+49-171-3920042", "DE", "+491713920042"),
        ("07700 900123", "GB", "+447700900123"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("06 39 98 12 34", "FR", "+33639981234"),
        # A column of numbers, as pandas and LibreOffice write it: the zero is none of the number.
        ("4930123456.0", "DE", "+4930123456"),
        ("4915123456789,00", "DE", "+4915123456789"),
    ],
)
def test_a_phone_number_becomes_e164(written: str, region: str, stored: str) -> None:
    assert normalise_phone(written, region) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        "112",
        "call me",
        "0171 392O042",
        "1-800-FLOWERS",
        "+1 202 555 0143 ext. 7",
        "0171 3920042 / 0171 3920043",
        "0171 3920042 office",
        "+44 7700 90012",
        "493012345.5",
    ],
)
def test_what_no_message_reaches_is_refused(written: str) -> None:
    with pytest.raises(InvalidAddress):
        normalise_phone(written, "DE")


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("4915123456789", "AT", "+4915123456789"),
        ("31612345678", "DE", "+31612345678"),
        # The zero was lost on the way through a spreadsheet.
        ("1713920042", "DE", "+491713920042"),
        # Where none belongs in front, a number is whole without.
        ("328 123 4567", "IT", "+393281234567"),
        ("391 234 5678", "IT", "+393912345678"),
        ("479-234-5678", "US", "+14792345678"),
    ],
)
def test_digits_alone_are_read_as_the_one_number_they_can_be(
    written: str, region: str, stored: str
) -> None:
    assert normalise_phone(written, region) == stored


@pytest.mark.parametrize(
    "written",
    [
        # One digit short of a mobile, or somebody's in Leer.
        "491512345678",
        "491512345678.0",
        # In Vienna and London, or in places that may exist here.
        "436641234567",
        "447700900123",
        "39 3331234567",
        # In Arizona, or a mobile of ours without its zero.
        "15202234567",
        # A mobile in Austria, or a telephone in Luxembourg, where no zero is dialled.
        "LU 43664105964",
    ],
)
def test_digits_that_may_be_two_telephones_are_not_guessed(written: str) -> None:
    _before, abroad, digits = written.rpartition("LU ")
    with pytest.raises(InvalidAddress, match=r"\+ or 00"):
        normalise_phone(digits, "LU" if abroad else "DE")


def test_a_number_that_a_spreadsheet_shortened_says_so() -> None:
    with pytest.raises(InvalidAddress, match="spreadsheet"):
        normalise_phone("4,91714E+11", "DE")


@pytest.mark.parametrize("region", ["AR", "BR", "DE", "GB", "IT", "JP", "LT", "MX"])
def test_plain_digits_are_read_as_the_library_does(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example
    national = phonenumbers.national_significant_number(example)
    code = f"+{example.country_code}"

    for prefix in ("0", code, f"{code}0 ", f"{code}1", f"{code}8"):
        parsed = phonenumbers.parse(prefix + national, region)
        if phonenumbers.is_valid_number(parsed):
            assert telephones.read(prefix + national, region).number == parsed
