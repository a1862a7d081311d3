import string

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.crm_suite.lib import arabic

from ...lib.sentiment import MAX_EVIDENCE, MoodReader
from ...lib.sentiment_lexicon import ARABIC, ENGLISH

READER = MoodReader(arabic.normalize)
UNHAPPY = (
    "This is the third time that I write. I am very disappointed!",
    "Your service is a joke, nobody answers.",
    "The service is not good.",
    "I'm fed up. I want my money back!",
    "خدمة سيئة جداً ولم يرد عليّ أحد",
    "أنا غير راضٍ عن الخدمة",
    "هذا غير مقبول إطلاقاً، سأتقدم بشكوى إلى حماية المستهلك",
    "والله أسوأ خدمة، لن أتعامل معكم مرة أخرى",
    "مَلَلْتُ من التأخير، منذ أسابيع وأنا أنتظر بدون رد",
    "Still waiting. هذا غير مقبول",
)
HAPPY = (
    "Thank you so much, excellent support!",
    "Great job, it works again.",
    "شكراً جزيلاً، خدمتكم ممتازة",
    "أحسنتم، تم الحل بسرعة وأنا راضية جداً",
    "بارك الله فيكم",
)
NEUTRAL = (
    "",
    "The printer is broken and the display shows an error. There is a problem with the tray.",
    "Is there a good time to call?",
    "No problem, see you on Monday.",
    "Not bad.",
    "الطابعة لا تعمل، يوجد خطأ في الشاشة ومشكلة في الدرج",
    "متى تصل الشحنة رقم ٤٥٦؟",
    "1234 !!! <b></b> ???",
)


@tagged("post_install", "-at_install")
class TestSentiment(BaseCase):
    """A hint at the mood of a message, and the words that it was made of."""

    def test_moods(self):
        for label, texts in (("negative", UNHAPPY), ("positive", HAPPY), ("neutral", NEUTRAL)):
            for text in texts:
                self.assertEqual(READER.guess(text).label, label, text)

    def test_evidence_is_what_the_customer_wrote(self):
        mood = READER.guess("Hello. I am VERY  disappointed. خدمتكم سيّئة!")
        self.assertEqual([found.text for found in mood.evidence], ["VERY  disappointed", "سيّئة"])

    def test_a_negation_turns_round(self):
        self.assertLess(READER.guess("not happy").score, 0)
        self.assertLess(READER.guess("لست سعيداً").score, 0)
        self.assertGreater(READER.guess("not bad").score, 0)
        self.assertGreater(READER.guess("No problem, great").score, 0)
        self.assertGreater(READER.guess("not now. Great").score, 0, "another sentence")

    def test_very_is_stronger(self):
        plain, strong = READER.guess("angry"), READER.guess("very angry")
        self.assertLess(strong.score, plain.score)
        self.assertLess(READER.guess("سيئة جدا").score, READER.guess("سيئة").score)

    def test_faults_alone_are_no_anger(self):
        text = "wrong broken damaged failed delayed missing problem خطأ عطل تالف مكسور"
        self.assertEqual(READER.guess(text).label, "neutral")

    def test_every_phrase_of_the_list_is_found(self):
        for phrase, weight in {**ENGLISH, **ARABIC}.items():
            score = READER.guess(f"xx {phrase} xx").score
            self.assertNotEqual(score, 0, phrase)
            self.assertEqual(score > 0, weight > 0, phrase)

    def test_the_list_has_no_phrase_twice(self):
        spellings = [arabic.normalize(phrase) for phrase in {**ENGLISH, **ARABIC}]
        self.assertEqual(len(spellings), len(set(spellings)))

    @given(
        st.lists(
            st.sampled_from(
                [*list(ENGLISH)[::7], *list(ARABIC)[::7], "not", "very", "لا", ".", "x"]
            )
            | st.text(max_size=12),
            max_size=40,
        )
    )
    def test_whatever_is_written(self, parts):
        text = " ".join(parts)
        mood = READER.guess(text)
        self.assertTrue(-1 <= mood.score <= 1)
        self.assertLessEqual(len(mood.evidence), MAX_EVIDENCE)
        for found in mood.evidence:
            self.assertIn(found.text, text)
            self.assertGreater(found.weight * mood.score, 0)
        if mood.label != "neutral":
            self.assertTrue(mood.evidence)
            self.assertEqual(mood.label == "positive", mood.score > 0)

    @given(st.text(alphabet=string.printable, max_size=200))
    def test_spaces_and_case_say_nothing(self, text):
        other = READER.guess(text.upper().replace(" ", "  "))
        self.assertEqual(READER.guess(text).score, other.score)
