from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .test_segment import SegmentCase


@tagged("post_install", "-at_install")
class TestSegmentTour(SegmentCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.amal + cls.basma).city = "Segmentville"
        cls.env["crm.segment"].with_user(cls.nora).create(
            {
                "name": "Tour List",
                "kind": "fixed",
                "partner_ids": [Command.set((cls.basma + cls.carla).ids)],
            }
        )

    def _run_tours(self):
        for path, tour in (
            ("/odoo/segments", "crm_suite_segment"),
            ("/odoo/segments/new?debug=1", "crm_suite_segment_refused"),
        ):
            self.start_tour(path, tour, login=self.nora.login, timeout=180)
        made, mended = self.env["crm.segment"].search(
            [("name", "in", ["Tour Town", "Who owes"])], order="id"
        )
        for segment in made, mended:
            self.assertEqual(segment.user_id, self.nora)
            self.assertFalse(segment.exclude_ids)
            self.assertEqual(self._members(segment), self.amal + self.basma)

    def test_in_english(self):
        self._run_tours()

    def test_in_arabic(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.nora.lang = "ar_001"
        self._run_tours()
