import unittest

from hypothesis import given
from hypothesis import strategies as st

from ...lib.mail_signature import Signature, find_phone, read_signature

SIGNED = """Dear team,

we need 1200 chairs for order 20240115-778899 before 2024-06-30, budget 1,250,000.00 EUR.

Best regards
Sara Klein
{signature}
"""


class TestMailSignature(unittest.TestCase):
    def test_finds_the_number_of_the_signature(self):
        for signature, phone in [
            ("Phone: +49 30 1234567", "+49 30 1234567"),
            ("Tel. 030 / 123 45 67", "030 / 123 45 67"),
            ("M +971-50-123-4567", "+971-50-123-4567"),
            ("+1 (555) 010-9999", "+1 (555) 010-9999"),
            ("0049 30 1234567", "0049 30 1234567"),
            ("Fax: +49 30 999999\nMobile: +49 170 1112223", "+49 170 1112223"),
            ("Klein GmbH | Tel: (030) 123 4567 | www.klein.example", "(030) 123 4567"),
            ("هاتف: ٠٥٠ ١٢٣ ٤٥٦٧", "050 123 4567"),
            ("جوال \u200e+966 55 123 4567\u200f", "+966 55 123 4567"),
            ("جوال: ٩٦٦٥٥٥٥٥٠١٠٢+", "+966555550102"),
            ("Tel\u00a0+49\u00a030\u00a01234567", "+49 30 1234567"),
        ]:
            with self.subTest(signature=signature):
                self.assertEqual(find_phone(SIGNED.format(signature=signature)), phone)

    def test_a_labelled_number_wins_over_an_international_one(self):
        self.assertEqual(find_phone("+44 20 7946 0000\nPhone: 020 7946 0018"), "020 7946 0018")

    def test_what_is_no_telephone_is_left_alone(self):
        for signature in [
            "",
            "VAT no. 123456789",
            "IBAN DE89 3704 0044 0532 0130 00",
            "Fax: +49 30 999999",
            "Ref: +123456789",
            "Order 20240115",
            "2024-06-30",
            "12345",
            "https://example.com/+4930123456789",
            "k1234567@example.com",
            "+1234567890123456789",
        ]:
            with self.subTest(signature=signature):
                self.assertIsNone(find_phone(SIGNED.format(signature=signature)))

    def test_numbers_of_quoted_mails_are_not_the_senders(self):
        for quote in [
            "> Phone: +49 30 1234567",
            "On Mon, 3 Jun 2024 at 10:00, Omar <omar@example.com> wrote:\nPhone: +49 30 1234567",
            "-----Original Message-----\nPhone: +49 30 1234567",
            "From: Omar <omar@example.com>\nPhone: +49 30 1234567",
            "في 3 يونيو 2024، كتب عمر <omar@example.com> كتب:\nهاتف: +49 30 1234567",
        ]:
            with self.subTest(quote=quote):
                self.assertIsNone(find_phone(SIGNED.format(signature=quote)))

    @given(st.text())
    def test_any_text_is_survived(self, text):
        phone = find_phone(text)
        self.assertTrue(phone is None or 7 <= sum(map(str.isdigit, phone)) <= 15)

    def test_a_long_line_does_not_stall(self):
        self.assertIsNone(find_phone("1 " * 50_000 + "x"))
        self.assertIsNone(find_phone("on " * 50_000))

    def test_reads_what_is_stated(self):
        for text, sender, address, expected in [
            (
                (
                    "Hello\n\nKind regards\nSara Klein\nPurchasing Manager\nKlein Möbel GmbH\n"
                    "Tel: +49 30 1234567\nsara@klein.example"
                ),
                "Sara Klein",
                "sara@klein.example",
                Signature("Sara Klein", "Klein Möbel GmbH", "Purchasing Manager", "+49 30 1234567"),
            ),
            (
                (
                    "أرجو عرض سعر\n\nمع أطيب التحيات،\nفاطمة الحربي\n"
                    "مديرة المشتريات - شركة النور للتجارة\nجوال: ٩٦٦٥٥٥٥٥٠١٠٢+"
                ),
                "",
                "",
                Signature("فاطمة الحربي", "شركة النور للتجارة", "مديرة المشتريات", "+966555550102"),
            ),
            (
                "شكراً\nأحمد علي\nمهندس\nمؤسسة البناء الحديث\nهاتف 0501234567",
                "",
                "",
                Signature("أحمد علي", "مؤسسة البناء الحديث", "مهندس", "0501234567"),
            ),
            (
                "hi\n-- \nOmar Said | Buyer at Haddad Trading | +963 11 5551234",
                "Omar Said",
                "",
                Signature("Omar Said", "Haddad Trading", "Buyer", "+963 11 5551234"),
            ),
            (
                "hi\nJane Doe\nHaddad Interiors",
                "Jane Doe",
                "jane@haddad.example",
                Signature("Jane Doe", "Haddad Interiors"),
            ),
            (
                "Offer please\nCompany: Blue Ltd\nالمسمى الوظيفي: محاسب",
                "",
                "",
                Signature("", "Blue Ltd", "محاسب"),
            ),
        ]:
            with self.subTest(text=text):
                self.assertEqual(read_signature(text, sender, address), expected)

    def test_running_text_states_nothing(self):
        for text in [
            "We are a group of companies and need a manager.\nCould the director call?",
            "Thanks for the offer of your company, the manager likes it.\nBest price please",
            "Offer\n\nRegards\nThis e-mail is confidential and intended for the manager only",
            "> Regards\n> Sara Klein\n> Klein GmbH",
            "",
        ]:
            with self.subTest(text=text):
                self.assertEqual(read_signature(text), Signature())

    @given(st.text(), st.text(), st.text())
    def test_any_signature_is_survived(self, text, sender, address):
        signature = read_signature(f"Regards\n{text}", sender, address)
        self.assertTrue(all(len(value) <= 80 for value in signature))

    def test_long_signatures_do_not_stall(self):
        for junk in ("- ", "مع خالص ", "name: ", "a, ", "manager at "):
            read_signature("Regards\n" + junk * 20_000, "x", "x@y.example")
