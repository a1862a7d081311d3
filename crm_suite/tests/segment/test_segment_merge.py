from odoo.exceptions import UserError
from odoo.fields import Command

from .test_segment import SegmentCase


class TestSegmentMerge(SegmentCase):
    def _merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([partner.id for partner in partners], partners[0])

    def test_members_of_one_segment(self):
        segment = self._segment()
        fixed = self._segment(kind="fixed", partner_ids=[Command.set(self.contacts.ids)])
        longest = segment.member_ids.filtered(lambda one: one.partner_id == self.basma)
        self.env.cr.execute(
            "UPDATE crm_segment_member SET entered_at = '2024-01-01' WHERE id = %s", [longest.id]
        )
        self.env.invalidate_all()
        self._merge(self.amal, self.basma, self.carla)
        for one in segment, fixed:
            self.assertEqual(self._members(one), self.amal)
            self.assertEqual(len(one.member_ids), 1)
        self.assertEqual(segment.member_ids, longest)
        (segment + fixed).action_evaluate()
        self.assertEqual((segment + fixed).mapped("member_count"), [1, 1])

    def test_target_is_no_member(self):
        segment = self._segment()
        self._merge(self.carla, self.amal, self.basma)
        self.assertEqual(self._members(segment), self.carla)

    def test_past_memberships_are_kept(self):
        segment = self._segment()
        self.basma.city = "Rome"
        segment.action_evaluate()
        self._merge(self.amal, self.basma)
        self.assertEqual(len(segment.member_ids), 2)


class TestSegmentOwnerDeleted(SegmentCase):
    def test_owner_is_not_deleted(self):
        segment = self._segment(user=self.nora)
        segment.sudo().active = False
        with self.assertRaisesRegex(UserError, "Nora.*Contacts in Riyadh"):
            self.nora.unlink()
        segment.sudo().user_id = self.mona
        self.nora.unlink()
        self.assertFalse(self.nora.exists())
