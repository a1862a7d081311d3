from odoo.tests import tagged

from ..common import MarketingCommon


@tagged("post_install", "-at_install")
class TestDefinition(MarketingCommon):
    def test_a_new_journey_has_a_draft_with_the_place_where_people_come_in(self):
        journey = self.env["crm.journey"].with_user(self.marketer).create({"name": "Welcome"})
        draft = journey.draft_version_id
        self.assertEqual((draft.state, draft.number), ("draft", 1))
        self.assertEqual(draft.node_ids.mapped("kind"), ["trigger"])
