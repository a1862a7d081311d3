from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ...lib import auto_answer
from ...lib.auto_answer import DAY_S, MOST_A_DAY, PAUSE_S

NOON = 1_800_000_000


@tagged("post_install", "-at_install")
class TestAutoAnswer(TransactionCase):
    def test_addresses_that_nobody_reads(self):
        for local in (
            *("noreply", "no-reply", "No.Reply", "donotreply", "do-not-reply", "do_not_answer"),
            *("dontreply", "MAILER-DAEMON", "mailerdaemon", "postmaster", "bounce", "bounces+12"),
            *("shop-noreply", "root", "autoreply", "auto-confirm", "newsletter", "owner-users"),
            *("users-request", "users-bounces+x", "nobody", "never-reply", "listserv"),
        ):
            self.assertTrue(auto_answer.is_unattended(f"{local}@example.com"), local)

    def test_addresses_of_people(self):
        for local in (
            *("layla", "info", "reply", "noreen", "nora.plyer", "rootes", "abuser", "support"),
            *("request", "owner", "arnobody", "bounceland", "noor-reply", "newsletters.team", ""),
        ):
            self.assertFalse(auto_answer.is_unattended(f"{local}@noreply.example.com"), local)

    def test_what_is_put_before_a_subject_is_left_out(self):
        for subject in (
            "Re: Lost key",
            "RE: re:  Fwd: Lost   KEY",
            "AW: [help] Lost key",
            "Auto: Lost key",
            "Automatic reply: Re[2]: Lost key",
            "Out of Office: Lost key",
            "رد: Lost key",
        ):
            self.assertEqual(auto_answer.simplify_subject(subject), "lost key", subject)
        self.assertEqual(auto_answer.simplify_subject("Resistance: futile"), "resistance: futile")
        self.assertEqual(auto_answer.simplify_subject(None), "")

    @given(st.text(max_size=2000))
    def test_a_simplified_subject_stays_as_it_is(self, subject):
        once = auto_answer.simplify_subject(subject)
        self.assertLessEqual(len(once), auto_answer.SUBJECT_LENGTH * 3)
        self.assertEqual(auto_answer.simplify_subject(f"Re: {subject}"), once)

    @given(
        st.lists(
            st.tuples(st.integers(0, 3 * DAY_S), st.sampled_from(["key", "door", "roof", "", "x"])),
            max_size=60,
        )
    )
    def test_no_address_is_flooded(self, requests):
        """Whatever comes in, what goes out keeps to the limits."""
        sent = []
        for at, subject in sorted(requests):
            now = NOON + at
            if auto_answer.may_answer(sent, subject, now):
                sent.append((now, subject))
        for at, subject in sent:
            day = [(t, s) for t, s in sent if at - DAY_S < t <= at]
            self.assertLessEqual(len(day), MOST_A_DAY)
            self.assertEqual([s for _t, s in day].count(subject), 1)
            self.assertEqual(len([t for t, _s in sent if at - PAUSE_S < t <= at]), 1)

    def test_who_got_nothing_lately_may_be_answered(self):
        self.assertTrue(auto_answer.may_answer([], "key", NOON))
        self.assertTrue(auto_answer.may_answer([(NOON - DAY_S, "key")], "key", NOON))
        self.assertFalse(auto_answer.may_answer([(NOON - DAY_S + 1, "key")], "key", NOON))
        self.assertTrue(auto_answer.may_answer([(NOON - PAUSE_S, "key")], "door", NOON))
        self.assertFalse(auto_answer.may_answer([(NOON - PAUSE_S + 1, "key")], "door", NOON))

    def test_the_script_of_a_text(self):
        for text, script in (
            ("الطابعة لا تعمل", "arabic"),
            ("طابعة HP LaserJet لا تعمل abc", "arabic"),
            ("The printer burns", "latin"),
            ("My name is أحمد and I need help with the printer", "latin"),
            ("12345 !", None),
            ("", None),
            (None, None),
        ):
            self.assertEqual(auto_answer.script_of(text), script, text)
