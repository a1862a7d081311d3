from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestUsers(TransactionCase):
    """Who manages users needs no rights of ours, although contacts have fields that do."""

    def test_a_manager_of_users_creates_one(self):
        groups = "base.group_erp_manager,base.group_partner_manager"
        keeper = new_test_user(self.env, "keeper", groups)
        self.assertFalse(keeper.has_group("sales_team.group_sale_salesman"))
        user = (
            self.env["res.users"]
            .with_user(keeper)
            .with_context(no_reset_password=True)
            .create({"name": "New here", "login": "new.here"})
        )
        self.assertEqual(user.sudo().partner_id.reminder_mode, "automatic")
