from unittest.mock import patch

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestUtmMedium(TransactionCase):
    def test_channels_that_come_with_odoo_are_named_in_the_language_of_the_reader(self):
        Medium = self.env["utm.medium"]
        email = self.env.ref("utm.utm_medium_email")
        own = Medium.create({"name": "Town crier of the market"})
        with patch.object(type(Medium), "_get_words", lambda self: {email.name: "بريد الاختبار"}):
            self.env.invalidate_all()
            self.assertEqual(email.display_name, "بريد الاختبار")
            self.assertEqual(own.display_name, "Town crier of the market")
            # by the word that people read, and by the name, as imports do
            for asked, operator in (("بريد الاخت", "ilike"), (email.name, "=")):
                found = [number for number, _name in Medium.name_search(asked, operator=operator)]
                self.assertIn(email.id, found)
                self.assertNotIn(own.id, found)
        # links keep the name that all systems know
        self.assertEqual(email.name, "Email")
