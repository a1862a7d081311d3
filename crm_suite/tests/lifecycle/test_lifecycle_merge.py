from .common import LifecycleCase


class TestLifecycleMerge(LifecycleCase):
    def _merge(self, target, *others, user=None):
        Wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard = (Wizard.with_user(user) if user else Wizard).create({})
        wizard._merge([target.id, *(other.id for other in others)], target)

    def test_the_further_stage_wins(self):
        one = self._customer("One", lifecycle_stage_id=self.lead.id)
        two = self._customer("Two", lifecycle_stage_id=self.repeat.id)
        self._merge(one, two)
        self.assertEqual(one.lifecycle_stage_id, self.repeat)
        self.assertEqual(len(one.lifecycle_move_ids), 3)
        self.assertEqual(self._last(one).kind, "merge")
        self.assertEqual(self._last(one).evidence, "Merged with another contact")

    def test_who_is_alive_is_not_lost(self):
        one = self._customer("One", lifecycle_stage_id=self.customer.id)
        two = self._customer("Two", lifecycle_stage_id=self.lost.id)
        self._merge(one, two)
        self.assertEqual(one.lifecycle_stage_id, self.customer)
        self.assertEqual(len(one.lifecycle_move_ids), 2)

    def test_target_without_a_stage(self):
        one = self._customer("One")
        two = self._customer("Two", lifecycle_stage_id=self.repeat.id)
        two.sudo().lifecycle_since = "2026-01-01"
        self._merge(one, two)
        self.assertEqual(one.lifecycle_stage_id, self.repeat)
        self.assertEqual(str(one.lifecycle_since), "2026-01-01 00:00:00")
        self.assertEqual(len(one.lifecycle_move_ids), 1)

    def test_by_a_user(self):
        one = self._customer("One", lifecycle_stage_id=self.lead.id)
        two = self._customer("Two", lifecycle_stage_id=self.repeat.id)
        self._merge(one, two, user=self.env.ref("base.user_admin"))
        self.assertEqual(one.lifecycle_stage_id, self.repeat)

    def test_into_a_contact_of_a_customer(self):
        other = self._customer("Layla H.", is_company=False, lifecycle_stage_id=self.lead.id)
        self._merge(self.layla, other)
        self.assertFalse(self.layla.lifecycle_stage_id)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.lead)
        self.assertEqual(len(self.haddad.lifecycle_move_ids), 1)

    def test_customer_becomes_a_contact(self):
        person = self._customer("Person", is_company=False, lifecycle_stage_id=self.repeat.id)
        person.parent_id = self.haddad
        self.assertFalse(person.lifecycle_stage_id)
        self.assertEqual(self.haddad.lifecycle_stage_id, self.repeat)
        self.assertEqual(self.haddad.lifecycle_move_ids.to_stage_id, self.repeat)
