from odoo.tests import BaseCase, tagged

from ...lib.filter_limits import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH, find_excess, is_too_long


@tagged("post_install", "-at_install")
class TestFilterLimits(BaseCase):
    def test_what_people_type_is_within(self):
        for conditions in (
            [],
            [("city", "=", "Riyadh")],
            ["|", ("a", "=", 1), "!", ("b", "any", [("c.d.e", "in", [1, 2, 3])])],
            [("city", "=", 1)] * MAX_CONDITIONS,
            [("id", "in", list(range(10_000)))],
            # no conditions: whoever reads the filter says so
            [1, None, ("a",), ("a", "any", 5), (1, 2, 3), [[[[]]]]],
        ):
            self.assertIsNone(find_excess(conditions), conditions)

    def test_number(self):
        one = ("city", "=", "x")
        self.assertEqual(find_excess(["|"] * 300 + [one] * 301), "conditions")
        inner = ("child_ids", "any", [one] * 150)
        self.assertEqual(find_excess([inner, inner]), "conditions")

    def test_depth(self):
        conditions = [("city", "=", "x")]
        for _level in range(MAX_DEPTH - 1):
            conditions = [("parent_id", "not any", conditions)]
        self.assertIsNone(find_excess(conditions))
        self.assertEqual(find_excess([("parent_id", "any", conditions)]), "depth")
        for _level in range(50_000):
            conditions = [("parent_id", "any", conditions)]
        self.assertEqual(find_excess(conditions), "depth")

    def test_path(self):
        self.assertIsNone(find_excess([("parent_id.parent_id.parent_id.name", "=", "x")]))
        self.assertEqual(find_excess([(".".join(["parent_id"] * 7), "=", 1)]), "path")

    def test_length(self):
        self.assertFalse(is_too_long(None))
        self.assertFalse(is_too_long("x" * MAX_LENGTH))
        self.assertTrue(is_too_long("x" * (MAX_LENGTH + 1)))
