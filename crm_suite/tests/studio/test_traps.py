"""What Odoo does to whoever adds fields and changes forms without knowing it. The traps that other
tests of this room prove: fields that a form holds several times, names that begin with others,
labels, where a field is used, safe mode, what other workers learn.
"""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_custom_field_place import PlaceCase

ROOM = ("odoo.addons.crm_suite.", "odoo.addons.crm_suite_helpdesk.")


@tagged("post_install", "-at_install")
class TestTraps(PlaceCase):
    def test_required_is_a_rule_and_never_a_column(self):
        """A column that must not be empty fails on the records that are there."""
        old = self._create_opportunity()
        field = self._make_field(is_required=True)
        self.assertFalse(field.field_id.required)
        self.assertFalse(self.env["crm.lead"]._fields["x_cs_route"].required)
        self.env.cr.execute(
            "SELECT is_nullable FROM information_schema.columns"
            " WHERE table_name = 'crm_lead' AND column_name = 'x_cs_route'"
        )
        self.assertEqual(self.env.cr.fetchall(), [("YES",)])
        old.expected_revenue = 7.0
        self.assertFalse(old.x_cs_route)

    def test_bad_names_never_reach_the_database(self):
        """PostgreSQL would refuse them in words that nobody understands."""
        for name in ("phone", "x_Phone", "x_cs_", "x_cs_é", "x_cs_" + "a" * 60, "x_cs_a b"):
            with self.subTest(name=name), self.assertRaises(ValidationError):
                self._make_field(technical_name=name, publish=False)

    def test_what_properties_cannot_be_summed_fields_can(self):
        self._make_field("Weight", kind="integer")
        team = self.env["crm.team"].create(
            {
                "name": "Weighing",
                "lead_properties_definition": [
                    {"name": "weight", "type": "integer", "string": "Weight"}
                ],
            }
        )
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": str(weight),
                    "team_id": team.id,
                    "lead_properties": {"weight": weight},
                    "x_cs_weight": weight,
                }
                for weight in (2, 5)
            ]
        )
        domain = [("id", "in", leads.ids)]
        with self.assertRaises(ValueError):
            leads._read_group(domain, [], ["lead_properties.weight:sum"])
        self.assertEqual(leads._read_group(domain, [], ["x_cs_weight:sum"]), [(7,)])

    def test_no_column_is_read_only_or_open_to_websites(self):
        """A column that is read-only cannot be imported; forms of websites take what is open."""
        field = self._make_field()
        values = field._prepare_column_values()
        self.assertEqual(
            values.keys() & {"compute", "depends", "readonly", "related", "required"}, set()
        )
        self.assertNotIn("website_form_blacklisted", values)
        self.assertFalse(field.field_id.readonly)

    def _forget_between_tests(self):
        """A field that a test made is not there in the next one, whichever of the two is first."""
        self.assertNotIn("x_cs_phantom", self.env["crm.lead"]._fields)
        self._make_field("Phantom")
        self.assertIn("x_cs_phantom", self.env["crm.lead"]._fields)

    def test_no_field_outlives_its_test(self):
        self._forget_between_tests()

    def test_no_field_outlives_the_other_test(self):
        self._forget_between_tests()

    def test_nothing_is_written_when_a_worker_starts(self):
        """Every worker runs that hook, at any time. Health is a matter of crons."""
        hooked = [
            f"{base.__module__}.{base.__name__}"
            for model in self.env.registry.values()
            for base in model.mro()
            if "_register_hook" in vars(base) and base.__module__.startswith(ROOM)
        ]
        self.assertEqual(hooked, [])
        crons = self.env["ir.cron"].search([("code", "like", "_cron_check_health")])
        self.assertLessEqual(
            {"crm.custom.field.place", "crm.form.rule"}, set(crons.mapped("model_id.model"))
        )


@tagged("post_install", "-at_install")
class TestShapeBudget(PlaceCase):
    """Shaped forms ask the database for nothing more than plain ones."""

    VIEWS = ((False, "form"), (False, "list"), (False, "kanban"), (False, "search"))

    def setUp(self):
        super().setUp()
        self.env["crm.form.rule"].search([]).active = False
        self.env["crm.form.default"].search([]).active = False
        self.leads = self.env["crm.lead"].with_user(self.omar)
        self.shaped = 0

    def _shape(self, number):
        """Add so many fields with places everywhere, a rule and a default value for each."""
        first = self.shaped
        self.shaped += number
        fields = self._make_fields(
            [
                {"name": f"{index:03} budget", "kind": "integer"}
                for index in range(first, self.shaped)
            ]
        ).with_env(self.env)
        fields.place_ids.unlink()
        self.Place.create(
            [
                {"custom_field_id": field.id, "outlet": outlet}
                for field in fields
                for outlet in ("form", "list", "search", "group", "kanban")
            ]
        )
        for index, field in enumerate(fields):
            column = field.field_id
            self.env["crm.form.rule"].create(
                {
                    "model_id": field.model_id.id,
                    "kind": ("readonly", "invisible")[index % 2],
                    "target_field_ids": column.ids,
                    "condition_domain": f"[('priority', '=', '{index % 4}')]",
                }
            )
            self.env["crm.form.default"].create(
                {"model_id": field.model_id.id, "field_id": column.id, "value": index + 1}
            )
        return fields

    def _count(self, call):
        call()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        return self.env.cr.sql_log_count - before

    def _serve(self):
        return self.leads.get_views(list(self.VIEWS), {"load_filters": True})

    def test_served_views(self):
        plain = self._count(self._serve)
        [*_rest, last] = self._shape(10)
        self.assertIn(last.technical_name, self._serve()["views"]["form"]["arch"])
        self.assertLessEqual(self._count(self._serve), plain)

    def test_views_that_no_cache_holds(self):
        """As with `--dev=xml`: what is done at each request asks nothing of each field."""

        def shape():
            for view_type in ("form", "list", "kanban", "search"):
                self.leads._get_view(None, view_type)

        self._shape(3)
        few = self._count(shape)
        self._shape(9)
        self.assertEqual(self._count(shape), few)

    def test_default_values(self):
        names = ["name", "type", "priority", "expected_revenue"]
        plain = self._count(lambda: self.leads.default_get(names))
        fields = self._shape(8)
        names += fields.mapped("technical_name")
        values = self.leads.default_get(names)
        self.assertEqual([values[name] for name in names[4:]], list(range(1, 9)))
        self.assertLessEqual(self._count(lambda: self.leads.default_get(names)), plain + 1)
