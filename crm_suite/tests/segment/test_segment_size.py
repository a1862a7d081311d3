from freezegun import freeze_time

from odoo.exceptions import AccessError

from .test_segment import SegmentCase


class TestSegmentSize(SegmentCase):
    def _sizes(self, segment):
        return [
            (str(size.date), size.member_count, size.entered_count, size.left_count)
            for size in segment.size_ids.sorted("date")
        ]

    def test_one_row_a_day(self):
        with freeze_time("2026-03-01 10:00"):
            segment = self._segment()
            self.carla.city = "Riyadh"
            segment._evaluate()
        with freeze_time("2026-03-02 10:00"):
            (self.amal + self.basma).city = "Rome"
            segment._evaluate()
            self.amal.city = "Riyadh"
            segment._evaluate()
            segment._evaluate()
        self.assertEqual(self._sizes(segment), [("2026-03-01", 3, 3, 0), ("2026-03-02", 2, 1, 2)])
        self.assertEqual(segment.member_count, 2)

    def test_sizes_add_up_to_the_members(self):
        segment = self._segment()
        for day, contact in enumerate(self.contacts):
            with freeze_time(f"2030-01-0{day + 1}"):
                contact.city = "Rome" if contact.city == "Riyadh" else "Riyadh"
                segment._evaluate()
        sizes = segment.size_ids.sorted("date")
        count = 0
        for size in sizes:
            count += size.entered_count - size.left_count
            self.assertEqual(size.member_count, count)
        self.assertEqual(count, len(self._members(segment)))

    def test_a_failed_evaluation_is_no_size(self):
        segment = self._segment()
        self.nora.active = False
        segment.sudo()._evaluate()
        self.assertEqual(len(segment.sudo().size_ids), 1)

    def test_nobody_writes_them(self):
        segment = self._segment()
        for user in self.nora, self.mona:
            with self.assertRaises(AccessError):
                segment.size_ids.with_user(user).member_count = 9
            with self.assertRaises(AccessError):
                segment.size_ids.with_user(user).unlink()

    def test_screen(self):
        segment = self._segment()
        action = segment.action_view_sizes()
        sizes = self.env["crm.segment.size"].with_user(self.omar).search(action["domain"])
        self.assertEqual(sizes, segment.size_ids)
        groups = sizes.formatted_read_group(
            action["domain"], ["date:day", "segment_id"], ["member_count:avg"]
        )
        self.assertEqual([group["member_count:avg"] for group in groups], [2])
        self.assertEqual(segment.copy().size_ids.member_count, 2)
