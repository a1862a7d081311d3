from odoo.exceptions import AccessError
from odoo.fields import Command

from .test_segment import SegmentCase

ALL = "[('ref', '=', 'segment test')]"


class TestSegmentPreview(SegmentCase):
    def setUp(self):
        super().setUp()
        self.Segment = self.env["crm.segment"].with_user(self.nora)

    def _names(self, preview):
        self.assertFalse(preview["error"])
        return {contact["name"] for contact in preview["sample"]}

    def test_count_and_sample(self):
        self.env["res.partner"].create(
            [{"name": f"Contact {n}", "ref": "segment test"} for n in range(20)]
        )
        preview = self.Segment.get_preview({"domain": ALL})
        self.assertEqual(preview["count"], 23)
        self.assertEqual(len(preview["sample"]), 10)
        self.assertEqual(set(preview["sample"][0]), {"id", "name", "email", "city"})
        self.assertEqual(preview, self.Segment.get_preview({"domain": ALL}), "the same ones again")

    def test_every_kind_unsaved(self):
        inner = self._segment()
        for values, names in (
            ({"domain": ALL}, {"Amal", "Basma", "Carla"}),
            ({"domain": ALL, "include_ids": [[6, False, inner.ids]]}, {"Amal", "Basma"}),
            ({"domain": ALL, "exclude_ids": [[4, inner.id, False]]}, {"Carla"}),
            ({"kind": "fixed", "partner_ids": [[6, 0, self.carla.ids]]}, {"Carla"}),
        ):
            self.assertEqual(self._names(self.Segment.get_preview(values)), names, values)
        preview = self.Segment.get_preview({"kind": "rfm"})
        self.assertIn("at least one", preview["error"])

    def test_changes_of_a_saved_segment(self):
        inner = self._segment("Rome")
        segment = self._segment(exclude_ids=[Command.set(inner.ids)])
        self.assertEqual(self._names(segment.get_preview({})), {"Amal", "Basma"})
        self.assertEqual(self._names(segment.get_preview({"domain": ALL})), {"Amal", "Basma"})
        changes = {"domain": ALL, "exclude_ids": [[3, inner.id, False]]}
        self.assertEqual(self._names(segment.get_preview(changes)), {"Amal", "Basma", "Carla"})
        fixed = self._segment(kind="fixed", partner_ids=[Command.set(self.contacts.ids)])
        changes = {"partner_ids": [[3, self.amal.id, False]]}
        self.assertEqual(self._names(fixed.get_preview(changes)), {"Basma", "Carla"})

    def test_writes_nothing(self):
        segment = self._segment()
        tables = (
            "crm_segment",
            "crm_segment_member",
            "crm_segment_size",
            "crm_segment_include_rel",
        )

        def look():
            self.env.flush_all()
            rows = []
            for table in tables:
                self.env.cr.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # pylint: disable=E8103
                rows.append(self.env.cr.fetchall())
            self.env.cr.execute("SELECT MAX(id), COUNT(*) FROM mail_message")
            return rows, self.env.cr.fetchall()

        before = look()
        segment.get_preview({"domain": ALL, "name": "Other", "member_ids": [[5]], "active": False})
        self.Segment.get_preview({"domain": ALL})
        self.Segment.get_preview({"domain": "nonsense"})
        self.assertEqual(look(), before)

    def test_rights_are_those_of_whoever_looks(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        self.carla.company_id = berlin
        admin = self.env.ref("base.user_admin")
        admin.company_ids += berlin
        segment = self._segment(domain=ALL, user=admin, company_id=False)
        self.assertEqual(segment.with_user(admin).get_preview({})["count"], 3)
        self.assertEqual(segment.with_user(self.nora).get_preview({})["count"], 2)
        # naming another owner, or a company of others, changes nothing
        mine = {"domain": ALL, "company_id": False}
        self.assertEqual(self.Segment.get_preview({**mine, "user_id": admin.id})["count"], 2)
        preview = self.Segment.get_preview({"domain": ALL, "company_id": berlin.id})
        self.assertTrue(preview["error"])
        self.assertFalse(preview["count"])
        forbidden = self.Segment.get_preview({"domain": "[('signup_type', '!=', 'x')]"})
        self.assertIn("may not read", forbidden["error"])
        there = self._segment(user=admin, company_id=berlin.id)
        preview = self.Segment.get_preview({"domain": ALL, "include_ids": [[6, 0, there.ids]]})
        self.assertIn("may not read", preview["error"])

    def test_not_for_everybody(self):
        segment = self._segment()
        for user in self.cora, self._create_user("pia", "base.group_portal"):
            with self.assertRaises(AccessError):
                segment.with_user(user).get_preview({})
            with self.assertRaises(AccessError):
                self.env["crm.segment"].with_user(user).get_preview({"domain": ALL})
