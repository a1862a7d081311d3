from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


def create_users(env, users):
    """Test users as `new_test_user` makes them, but all at once and without inviting them: a sixth
    of the queries.

    :param users: (login, groups, other values); groups as XML ids with commas between them
    """
    quiet = env["res.users"].with_context(no_reset_password=True)
    users = quiet.create(
        [
            {
                "login": login,
                "password": login.ljust(8, "x"),
                "email": f"{login[0]}.{login[0]}@example.com",
                "group_ids": [
                    Command.set([env.ref(group.strip()).id for group in groups.split(",")])
                ],
                **values,
            }
            for login, groups, values in users
        ]
    )
    return users.with_env(env)


def create_calendar(env, name, spans, tz="UTC", **values):
    """Working hours of no company.

    :param spans: (day of week, from hour, to hour)
    """
    return env["resource.calendar"].create(
        {
            "name": name,
            "tz": tz,
            "company_id": False,
            "attendance_ids": [
                Command.create(
                    {
                        "name": f"{day} {start}",
                        "dayofweek": day,
                        "hour_from": start,
                        "hour_to": end,
                        "day_period": "morning" if start < 12 else "afternoon",
                    }
                )
                for day, start, end in spans
            ],
            **values,
        }
    )


@tagged("post_install", "-at_install")
class CrmSuiteCase(TransactionCase):
    """The scene of the tests of CRM Suite.

        Sales team North            Sales team South
        ├── nora    team leader     └── sami    own documents
        └── omar    own documents

    `alia` sees all documents, `mona` administers sales, `cora` configures without any sales right.
    Layla Haddad works for Haddad Trading, which buys desks and trainings.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context=dict(cls.env.context, tracking_disable=True, no_reset_password=True)
        )
        cls.company = cls.env.company
        cls.env.ref("base.group_user")._apply_group(cls.env.ref("product.group_product_pricelist"))
        cls.omar, cls.sami, cls.nora, cls.alia, cls.mona, cls.cora = cls._create_users(
            ("omar", "sales_team.group_sale_salesman"),
            ("sami", "sales_team.group_sale_salesman"),
            ("nora", "crm_suite.group_team_leader"),
            ("alia", "sales_team.group_sale_salesman_all_leads"),
            ("mona", "sales_team.group_sale_manager"),
            ("cora", "crm_suite.group_configurator"),
        )
        cls.north, cls.south = cls.env["crm.team"].create(
            [
                {
                    "name": "North",
                    "user_id": cls.nora.id,
                    "member_ids": [cls.omar.id],
                    "use_leads": True,
                    "alias_name": "crm.suite.north",
                },
                {"name": "South", "member_ids": [cls.sami.id]},
            ]
        )
        cls.haddad = cls.env["res.partner"].create(
            {"name": "Haddad Trading", "is_company": True, "email": "office@haddad.example.com"}
        )
        cls.layla = cls.env["res.partner"].create(
            {
                "name": "Layla Haddad",
                "parent_id": cls.haddad.id,
                "email": "layla@haddad.example.com",
            }
        )
        cls.desk, cls.training = cls.env["product.product"].create(
            [
                {
                    "name": "Oak desk",
                    "type": "consu",
                    "list_price": 200.0,
                    "standard_price": 120.0,
                    "invoice_policy": "order",
                    "taxes_id": [],
                },
                {
                    "name": "Training day",
                    "type": "service",
                    "list_price": 500.0,
                    "standard_price": 0.0,
                    "invoice_policy": "order",
                    "taxes_id": [],
                },
            ]
        )

    @classmethod
    def _create_users(cls, *users):
        """:param users: pairs of a name and groups"""
        return create_users(
            cls.env,
            [
                (
                    f"crm_suite_{name}",
                    groups,
                    {"name": name.capitalize(), "email": f"{name}@example.com"},
                )
                for name, groups in users
            ],
        )

    @classmethod
    def _create_user(cls, name, groups):
        return cls._create_users((name, groups))

    @classmethod
    def _create_opportunity(cls, lines=(), **values):
        """Create an opportunity of Layla for omar of team North.

        :param lines: pairs of a product and a quantity
        """
        return cls.env["crm.lead"].create(
            {
                "name": "Furniture for the new office",
                "type": "opportunity",
                "partner_id": cls.layla.id,
                "user_id": cls.omar.id,
                "team_id": cls.north.id,
                **({"line_ids": cls._prepare_lines(lines)} if lines else {}),
                **values,
            }
        )

    @classmethod
    def _prepare_lines(cls, lines):
        return [
            (0, 0, {"product_id": product.id, "quantity": quantity}) for product, quantity in lines
        ]

    @classmethod
    def _say(cls, record, text, **values):
        return record.message_post(body=text, **values)
