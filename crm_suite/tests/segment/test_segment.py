from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from ..common import CrmSuiteCase


class SegmentCase(CrmSuiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contacts = cls.env["res.partner"].create(
            [
                {"name": name, "city": city, "ref": "segment test"}
                for name, city in (
                    ("Amal", "Riyadh"),
                    ("Basma", "Riyadh"),
                    ("Carla", "Rome"),
                )
            ]
        )
        cls.amal, cls.basma, cls.carla = cls.contacts

    def _segment(self, city="Riyadh", user=None, **values):
        return (
            self.env["crm.segment"]
            .with_user(user or self.nora)
            .create(
                {
                    "name": f"Contacts in {city}",
                    "domain": f"[('ref', '=', 'segment test'), ('city', '=', '{city}')]",
                    **values,
                }
            )
        )

    def _members(self, segment):
        return segment.member_ids.filtered(lambda member: not member.left_at).partner_id

    def _run_cron(self, seconds_left=10):
        """Run the cron on all segments, some hours after their last evaluation.

        :return: how often it committed
        """
        segments = self.env["crm.segment"].search([])
        segments.evaluated_at = "2024-01-01"
        with patch.object(
            self.registry["ir.cron"], "_commit_progress", autospec=True, return_value=seconds_left
        ) as progress:
            self.env["crm.segment"]._cron_evaluate()
        return progress.call_count


class TestSegment(SegmentCase):
    def test_by_filter(self):
        with Form(self.env["crm.segment"].with_user(self.nora)) as form:
            form.name = "Riyadh"
            form.domain = "[('ref', '=', 'segment test'), ('city', '=', 'Riyadh')]"
        segment = form.record
        self.assertEqual(self._members(segment), self.amal + self.basma)
        self.assertEqual(segment.member_count, 2)
        self.assertTrue(segment.evaluated_at)
        self.assertEqual(segment.user_id, self.nora)

    def test_members_enter_and_leave(self):
        segment = self._segment()
        self.basma.city = "Rome"
        self.carla.city = "Riyadh"
        notification = segment.action_evaluate()
        self.assertIn("2 members", notification["params"]["message"])
        self.assertEqual(self._members(segment), self.amal + self.carla)
        left = segment.member_ids.filtered("left_at")
        self.assertEqual(left.partner_id, self.basma)
        self.assertGreaterEqual(left.left_at, left.entered_at)
        self.basma.city = "Riyadh"
        segment.action_evaluate()
        self.assertEqual(self._members(segment), self.contacts)
        history = segment.member_ids.filtered(lambda member: member.partner_id == self.basma)
        self.assertEqual(len(history), 2, "a second membership is a row of its own")
        self.assertEqual(segment.member_count, 3)

    def test_evaluating_again_changes_nothing(self):
        segment = self._segment()
        before = segment.member_ids.read()
        segment._evaluate()
        self.assertEqual(segment.member_ids.read(), before)

    def test_fixed_list(self):
        segment = self._segment(
            kind="fixed", partner_ids=[Command.set([self.amal.id, self.carla.id])]
        )
        self.assertEqual(self._members(segment), self.amal + self.carla)
        with Form(segment) as form:
            form.partner_ids.remove(id=self.amal.id)
            form.partner_ids.add(self.basma)
        self.assertEqual(self._members(segment), self.basma + self.carla)

    def test_archived_contacts_leave(self):
        segment = self._segment()
        self.amal.active = False
        segment.action_evaluate()
        self.assertEqual(self._members(segment), self.basma)
        fixed = self._segment(kind="fixed", partner_ids=[Command.set(self.contacts.ids)])
        self.assertEqual(self._members(fixed), self.basma + self.carla)

    def test_dynamic_dates_and_segments_in_filters(self):
        inner = self._segment()
        outer = self._segment(
            domain=f"['&', ('segment_ids', 'in', [{inner.id}]), ('create_date', '>=', 'today -1d')]"
        )
        self.assertEqual(self._members(outer), self.amal + self.basma)

    def test_deleted_contact(self):
        segment = self._segment()
        self.amal.unlink()
        segment.action_evaluate()
        self.assertEqual(self._members(segment), self.basma)


class TestSegmentOfContact(SegmentCase):
    def test_field_search_and_group(self):
        riyadh, rome = self._segment(), self._segment("Rome")
        everybody = self._segment(domain="[('ref', '=', 'segment test')]")
        contacts = self.contacts.with_user(self.omar)
        self.assertEqual(contacts[0].segment_ids, everybody + riyadh)
        self.assertEqual(contacts[2].segment_ids, everybody + rome)
        search = contacts.search
        base = [("ref", "=", "segment test")]
        for domain, expected in (
            ([("segment_ids", "in", (riyadh + rome).ids)], self.contacts),
            ([("segment_ids", "=", rome.id)], self.carla),
            ([("segment_ids", "not in", riyadh.ids)], self.carla),
            ([("segment_ids", "!=", False)], self.contacts),
            ([("segment_ids", "=", False)], self.env["res.partner"]),
            ([("segment_ids", "ilike", "in rome")], self.carla),
            ([("segment_ids.user_id", "=", self.nora.id)], self.contacts),
            ([("segment_ids", "not ilike", "in rome")], self.amal + self.basma),
        ):
            self.assertEqual(search(base + domain), expected, domain)
        lead = self.env["crm.lead"].create({"name": "Desks", "partner_id": self.carla.id})
        found = self.env["crm.lead"].search([("partner_id.segment_ids", "in", rome.ids)])
        self.assertEqual(found, lead)
        groups = contacts._read_group(base, ["segment_ids"], ["__count"])
        self.assertEqual(dict(groups), {riyadh: 2, rome: 1, everybody: 3})

    def test_who_left_is_not_found(self):
        segment = self._segment()
        self.amal.city = "Rome"
        segment.action_evaluate()
        self.assertFalse(self.amal.segment_ids)
        found = self.env["res.partner"].search([("segment_ids", "in", segment.ids)])
        self.assertEqual(found, self.basma)
        groups = self.env["res.partner"]._read_group(
            [("id", "in", self.contacts.ids)], ["segment_ids"], ["__count"]
        )
        self.assertEqual(dict(groups), {segment: 1, segment.browse(): 2})

    def test_whoever_may_not_read_segments_reads_the_contact(self):
        self._segment()
        amal = self.amal.with_user(self.cora)
        self.assertNotIn("segment_ids", amal.fields_get())
        self.assertEqual(amal.read(["name"])[0]["name"], "Amal")
        with self.assertRaises(AccessError):
            amal.search([("segment_ids", "!=", False)])

    def test_queries_do_not_grow_with_the_contacts(self):
        self._segment(domain="[('ref', '=', 'segment test')]")
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            self.contacts.mapped("segment_ids.name")


class TestSegmentFilter(SegmentCase):
    def test_bad_filters_are_refused(self):
        segment = self._segment()
        before = segment.domain
        for domain, message in (
            ("[('city', '=', ", "cannot be read"),
            ("city = Riyadh", "cannot be read"),
            ("{'city': 'Riyadh'}", "not a list of conditions"),
            ("__import__('os').system('true')", "cannot be read"),
            ("[('city', '=', self.env.user.name)]", "cannot be read"),
            ("[('no_such_field', '=', 1)]", "no_such_field"),
            ("[('city', 'resembles', 'Riyadh')]", "Invalid operator"),
            ("['&', ('city', '=', 'Riyadh')]", "malformed"),
            (r"[('city', '=', 'a\x00')]", "does not work"),
            (r"[('city', '=', '\ud800')]", "does not work"),
            (r"[('\ud800', '=', 'x')]", "does not work"),
            ("[('city', '=', 'a\0')]", "no text"),
            ("[('city', '=', '\ud800')]", "no text"),
            ("[('id', '=', 'abc')]", "abc"),
            ("[('active_lang_count', '=', 1)]", "not stored"),
            ("[('parent_id', 'any!', [('name', '=', 'x')])]", "any!"),
            ("[('parent_id', 'any', [('id', 'any!', [])])]", "any!"),
        ):
            with (
                self.subTest(ascii(domain)),
                self.assertRaisesRegex(ValidationError, message),
                self.env.cr.savepoint(),
            ):
                segment.domain = domain
            self.env.invalidate_all()
            self.assertEqual(segment.domain, before)
        self.assertEqual(self._members(segment), self.amal + self.basma)

    def test_field_that_the_owner_may_not_read(self):
        self.assertTrue(self.env["res.partner"]._fields["signup_type"].groups)
        with self.assertRaisesRegex(ValidationError, "Nora.*may not read"):
            self._segment(domain="[('signup_type', '=', 'x')]")

    def test_only_what_the_owner_may_see(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        self.amal.company_id = berlin
        segment = self._segment(company_id=False)
        self.assertEqual(self._members(segment), self.basma)

    def test_filter_that_goes_bad_keeps_the_members(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_segment_test",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "ttype": "char",
            }
        )
        self.addCleanup(self.registry.reset_changes)
        self.amal.x_segment_test = "x"
        broken = self._segment(domain="[('x_segment_test', '=', 'x')]")
        sound = self._segment()
        field.unlink()
        self.carla.city = "Riyadh"
        self._run_cron()
        self.assertIn("x_segment_test", broken.last_error)
        self.assertEqual(self._members(broken), self.amal)
        self.assertEqual(str(broken.evaluated_at), "2024-01-01 00:00:00")
        self.assertEqual(self._members(sound), self.contacts)
        self.assertFalse(sound.last_error)
        with self.assertRaisesRegex(UserError, "x_segment_test"):
            broken.action_evaluate()
        broken.active = False
        with self.assertRaises(ValidationError):
            broken.active = True
        broken.write(
            {"active": True, "domain": "[('city', '=', 'Rome'), ('ref', '=', 'segment test')]"}
        )
        self.assertFalse(broken.last_error)
        self.assertFalse(self._members(broken))

    def test_owner_who_left(self):
        segment = self._segment(user=self.nora)
        self.nora.active = False
        self._run_cron()
        self.assertIn("no active employee", segment.sudo().last_error)
        self.assertEqual(segment.sudo().member_count, 2)
        segment.with_user(self.mona).write({"domain": segment.sudo().domain})
        self.assertEqual(segment.with_user(self.mona).user_id, self.mona)
        self.assertFalse(segment.with_user(self.mona).last_error)

    @mute_logger("odoo.addons.crm_suite.models.segment.crm_segment_evaluation_mixin")
    def test_cron_survives_the_unexpected(self):
        broken, sound = self._segment(), self._segment("Rome")
        self.amal.city = "Rome"
        original = self.registry["crm.segment"]._get_contact_query

        def get_contact_query(segment):
            if segment == broken:
                raise KeyError("surprise")
            return original(segment)

        with patch.object(self.registry["crm.segment"], "_get_contact_query", get_contact_query):
            self._run_cron()
        self.assertIn("surprise", broken.last_error)
        self.assertEqual(self._members(broken), self.amal + self.basma)
        self.assertEqual(self._members(sound), self.amal + self.carla)

    def test_the_owner_learns_of_a_problem(self):
        """Once, in his language; whoever changes nothing is not told again each hour."""
        self.env["res.lang"]._activate_lang("ar_001")
        self.nora.lang = "ar_001"
        broken, sound = self._segment(), self._segment("Rome")
        self.env.cr.execute("UPDATE crm_segment SET domain = '[(' WHERE id = %s", [broken.id])
        self.env.invalidate_all()
        messages = broken.message_ids
        for _run in range(3):
            self._run_cron()
        said = broken.message_ids - messages
        self.assertEqual(len(said), 1)
        self.assertIn(self.nora.partner_id, said.notified_partner_ids)
        self.assertIn(broken.last_error[:40], str(said.body))
        self.assertFalse(sound.last_error)
        self.assertEqual(len(sound.message_ids), len(messages))
        self.nora.active = False
        broken.sudo().last_error = False
        self._run_cron()
        self.assertEqual(len((broken.message_ids - messages).sudo()), 2)

    def test_stored_value_that_cannot_be_text(self):
        """A filter that came past the form, before it was refused there."""
        broken, sound = self._segment(), self._segment("Rome")
        self.env.cr.execute(
            "UPDATE crm_segment SET domain = %s WHERE id = %s",
            [r"[('city', '=', 'a\x00\ud800')]", broken.id],
        )
        self.env.invalidate_all()
        self._run_cron()
        self.assertIn("does not work", broken.last_error)
        self.assertEqual(self._members(broken), self.amal + self.basma)
        self.assertFalse(sound.last_error)

    def test_cron_commits_each_segment(self):
        segments = self._segment() + self._segment("Rome")
        self.assertEqual(self._run_cron(seconds_left=0), 2, "out of time after the first segment")
        self.assertGreater(self._run_cron(), len(segments))
        self.assertTrue(all(str(date) > "2024-01-01" for date in segments.mapped("evaluated_at")))

    def test_cron_goes_on_where_it_was_cut_off(self):
        fresh, waiting = self._segment(), self._segment("Rome")
        self.env["crm.segment"].search([("id", "not in", (fresh + waiting).ids)]).active = False
        self.assertEqual(self._run_cron(seconds_left=0), 2)
        waiting.evaluated_at = False
        with (
            patch.object(self.registry["ir.cron"], "_commit_progress", return_value=10),
            patch.object(
                self.registry["crm.segment"], "_evaluate_alone", autospec=True
            ) as evaluate,
        ):
            self.env["crm.segment"]._cron_evaluate()
        self.assertEqual([call.args[0].id for call in evaluate.call_args_list], [waiting.id])


class TestSegmentRights(SegmentCase):
    def test_salesperson_only_reads(self):
        segment = self._segment()
        mine = segment.with_user(self.omar)
        self.assertEqual(mine.member_count, 2)
        self.assertEqual(mine.member_ids.partner_id, self.amal + self.basma)
        mine.action_evaluate()
        with self.assertRaises(AccessError):
            mine.name = "Mine"
        with self.assertRaises(AccessError):
            self._segment(user=self.omar)
        with self.assertRaises(AccessError):
            mine.unlink()

    def test_members_are_written_by_the_evaluation_only(self):
        segment = self._segment()
        for user in self.nora, self.mona:
            members = self.env["crm.segment.member"].with_user(user)
            with self.assertRaises(AccessError):
                members.create(
                    {
                        "segment_id": segment.id,
                        "partner_id": self.carla.id,
                        "entered_at": "2024-01-01",
                    }
                )
            with self.assertRaises(AccessError):
                segment.member_ids.with_user(user).unlink()

    def test_leaders_edit_their_own_and_managers_all(self):
        segment = self._segment(user=self.nora)
        segment.name = "Capital"
        with self.assertRaises(AccessError):
            segment.with_user(self.alia).name = "Theirs"
        segment.with_user(self.mona).name = "Managed"
        self.assertEqual(segment.user_id, self.nora)

    def test_nobody_borrows_the_rights_of_another(self):
        """A filter on a field that only administrators may read tells who matches."""
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            self._segment(user=self.nora, user_id=admin.id)
        segment = self._segment(user=self.nora)
        for user in self.nora, self.mona:
            with self.assertRaises(AccessError):
                segment.with_user(user).user_id = admin
        of_admin = self._segment(user=admin)
        of_admin.with_user(
            self.mona
        ).domain = "[('city', '=', 'Rome'), ('ref', '=', 'segment test')]"
        self.assertEqual(
            of_admin.user_id, self.mona, "whoever changes the filter becomes the owner"
        )
        segment.with_user(admin).user_id = self.mona
        self.assertEqual(segment.user_id, self.mona)

    def test_not_for_portal_users(self):
        segment = self._segment()
        pia = self._create_user("pia", "base.group_portal")
        with self.assertRaises(AccessError):
            segment.with_user(pia).read(["name"])
        with self.assertRaises(AccessError):
            segment.with_user(pia).action_evaluate()
        with self.assertRaises(AccessError):
            segment.member_ids.with_user(pia).read(["partner_id"])

    def test_companies(self):
        berlin = self.env["res.company"].create({"name": "Berlin"})
        berta = self._create_user("berta", "sales_team.group_sale_manager")
        berta.write({"company_ids": [Command.set(berlin.ids)], "company_id": berlin.id})
        here = self._segment()
        there = self._segment(user=berta)
        shared = self._segment(company_id=False)
        segments = here + there + shared
        found = self.env["crm.segment"].with_user(berta).search([("id", "in", segments.ids)])
        self.assertEqual(found, there + shared)
        self.assertEqual(there.company_id, berlin)
        self.carla.company_id = self.company
        members = self.env["crm.segment.member"].with_user(berta)
        self.assertFalse(members.search([("segment_id", "=", here.id)]))
