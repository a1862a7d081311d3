from ast import literal_eval

from odoo.tests import tagged

from .common import OutletCase


@tagged("post_install", "-at_install")
class TestSelectionColors(OutletCase):
    def _get_nodes(self, view_type, name):
        arch = self.env["crm.lead"]._get_view(None, view_type)[0]
        return [node for node in arch.iter("field") if node.get("name") == name]

    def test_colors_reach_form_list_and_card(self):
        colored, plain = self._make_fields(
            [
                {"name": "Interest", "options": ("Hot", "Cold")},
                {"name": "Shift", "options": ("Day", "Night")},
            ]
        )
        hot, cold = colored.option_ids
        hot.color = 1
        self._place(colored | plain, "kanban")
        for view_type in ("form", "list", "kanban"):
            [node] = self._get_nodes(view_type, colored.technical_name)
            self.assertEqual(node.get("widget"), "crm_custom_selection", view_type)
            self.assertEqual(
                literal_eval(node.get("options")), {"colors": {hot.value: 1}, "retired": []}
            )
            [node] = self._get_nodes(view_type, plain.technical_name)
            self.assertIsNone(node.get("widget"))
        for node in self._get_nodes("search", colored.technical_name):
            self.assertIsNone(node.get("widget"))
        # a new color and an option that is not offered any more are in the next view
        cold.write({"color": 4, "active": False})
        [node] = self._get_nodes("form", colored.technical_name)
        self.assertEqual(
            literal_eval(node.get("options")),
            {"colors": {hot.value: 1, cold.value: 4}, "retired": [cold.value]},
        )

    def test_custom_fields_are_measured_and_grouped_by(self):
        """Pivots and graphs offer every field that they can compute with."""
        amount, interest, day = self._make_fields(
            [
                {"name": "Budget", "kind": "float"},
                {"name": "Interest", "options": ("Hot", "Cold")},
                {"name": "Visit", "kind": "date"},
            ]
        )
        hot, cold = interest.option_ids.mapped("value")
        leads = (
            self.env["crm.lead"]
            .create(
                [
                    {
                        "name": "Chairs",
                        amount.technical_name: number,
                        interest.technical_name: value,
                        day.technical_name: f"2026-0{month}-10",
                    }
                    for number, value, month in ((10, hot, 1), (5, hot, 2), (1, cold, 2))
                ]
            )
            .with_user(self.alia)
        )
        described = leads.fields_get([amount.technical_name, interest.technical_name])
        self.assertEqual(described[amount.technical_name]["aggregator"], "sum")
        self.assertTrue(described[interest.technical_name]["groupable"])
        groups = leads.formatted_read_group(
            [("id", "in", leads.ids)],
            [interest.technical_name, f"{day.technical_name}:month"],
            [f"{amount.technical_name}:sum"],
        )
        sums = sorted(
            (group[interest.technical_name], group[f"{amount.technical_name}:sum"])
            for group in groups
        )
        self.assertEqual(sums, sorted([(hot, 10.0), (hot, 5.0), (cold, 1.0)]))
