from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ...lib.mail_forward import find_forwarded, strip_subject

GMAIL = """See below
---------- Forwarded message ---------
From: *Layla Haddad* <layla@haddad.example.com>
Date: Mon, 3 Jun 2024
Subject: Desks
To: <omar@example.com>

I need desks"""


@tagged("post_install", "-at_install")
class TestMailForward(BaseCase):
    def test_the_first_sender_is_found(self):
        for subject, text, expected in (
            ("Desks", GMAIL, ("Layla Haddad", "layla@haddad.example.com", "I need desks")),
            (
                "FW: Desks",
                "From: Layla Haddad [mailto:layla@haddad.example.com]\nSent: Mon\nI need desks",
                ("Layla Haddad", "layla@haddad.example.com", "I need desks"),
            ),
            (
                "إعادة توجيه: طاولات",
                "من: ليلى حداد <layla@haddad.example.com>\nالتاريخ: الاثنين\n\nأحتاج إلى طاولات",
                ("ليلى حداد", "layla@haddad.example.com", "أحتاج إلى طاولات"),
            ),
            (
                "WG: Tische",
                "Von: layla@haddad.example.com\nGesendet: Montag\nTische bitte",
                ("", "layla@haddad.example.com", "Tische bitte"),
            ),
        ):
            with self.subTest(subject=subject):
                found = find_forwarded(subject, text)
                self.assertEqual((found.name, found.email, found.text.strip()), expected)

    def test_what_is_not_forwarded(self):
        for subject, text in (
            ("Re: Desks", "Yes\n\nFrom: Layla <layla@haddad.example.com>\nSent: Mon\n\nOld"),
            ("Fwd: Desks", "I met somebody from: Layla <layla@haddad.example.com>"),
            ("Fwd: Desks", "From: Layla <layla@haddad.example.com>\nalone"),
            ("", ""),
        ):
            with self.subTest(text=text):
                self.assertIsNone(find_forwarded(subject, text))

    def test_subjects(self):
        for subject, stripped in (
            ("Fwd: FW: Desks", "Desks"),
            ("إعادة توجيه: طاولات", "طاولات"),
            ("Forward planning", "Forward planning"),
            ("", ""),
        ):
            self.assertEqual(strip_subject(subject), stripped)

    @given(st.text(), st.text())
    def test_any_text_is_survived(self, subject, text):
        found = find_forwarded(f"Fwd: {subject}", f"{text}\nFrom: {text}@{subject}\nTo: {text}")
        if found:
            self.assertEqual(found.email.count("@"), 1)
