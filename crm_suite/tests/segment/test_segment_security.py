from odoo.exceptions import AccessError
from odoo.tools import convert_file

from .test_segment import SegmentCase

ROME = "[('city', '=', 'Rome'), ('ref', '=', 'segment test')]"
# only administrators may read this field
FORBIDDEN = "[('signup_type', '!=', 'x'), ('ref', '=', 'segment test')]"


class TestSegmentOwner(SegmentCase):
    """A filter runs with its owner's rights: nobody lends himself another's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")

    def test_change_that_names_the_present_owner(self):
        segment = self._segment(user=self.admin)
        mine = segment.with_user(self.mona)
        mine.write({"domain": ROME, "user_id": self.admin.id})
        self.assertEqual(segment.user_id, self.mona)
        segment.user_id = self.admin
        with self.assertRaises(AccessError):
            # also when one of them is hers already
            (segment + self._segment(user=self.mona)).with_user(self.mona).write(
                {"domain": ROME, "user_id": self.admin.id}
            )

    def test_list_of_another(self):
        segment = self._segment(user=self.admin, kind="fixed")
        segment.with_user(self.mona).partner_ids = self.carla
        self.assertEqual(segment.user_id, self.mona)
        self.assertEqual(self._members(segment), self.carla)

    def test_copy(self):
        segment = self._segment(user=self.admin)
        copy = segment.with_user(self.mona).copy({"domain": ROME})
        self.assertEqual(copy.user_id, self.mona)
        with self.assertRaises(AccessError):
            segment.with_user(self.mona).copy({"user_id": self.admin.id})

    def test_defaults_from_outside(self):
        Segment = self.env["crm.segment"].with_user(self.mona)
        with self.assertRaises(AccessError):
            Segment.with_context(default_user_id=self.admin.id).create(
                {"name": "Borrowed", "domain": ROME}
            )

    def test_administrators_hand_over(self):
        segment = self._segment(user=self.nora)
        segment.with_user(self.admin).write({"domain": ROME, "user_id": self.mona.id})
        self.assertEqual(segment.user_id, self.mona)
        self.assertEqual(self._members(segment), self.carla)
        self.assertEqual(self._segment(user=self.admin, user_id=self.nora.id).user_id, self.nora)


class TestSegmentMemberCompany(SegmentCase):
    def test_contacts_of_other_companies(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        self.carla.write({"company_id": berlin.id, "email": "carla@example.com"})
        self.env.ref("base.user_admin").company_ids += berlin
        segment = self._segment("Rome", user=self.env.ref("base.user_admin"), company_id=False)
        members = segment.member_ids
        self.assertEqual(members.partner_id, self.carla)
        Member = self.env["crm.segment.member"].with_user(self.omar)
        self.assertFalse(Member.search([("segment_id", "=", segment.id)]))
        with self.assertRaises(AccessError):
            members.with_user(self.omar).read(["partner_id", "email", "phone"])


class TestShippedSegments(SegmentCase):
    def test_of_one_company(self):
        """Else salespeople of one company would see who orders much from another."""
        convert_file(
            self.env, "crm_suite", "data/crm_segment_data.xml", {}, mode="init", noupdate=True
        )
        for name in ("champions", "at_risk", "no_order"):
            segment = self.env.ref(f"crm_suite.segment_{name}")
            self.assertEqual(segment.company_id, segment.user_id.company_id)
