from lxml import etree

from odoo.tests import BaseCase, tagged

from ...lib.view_anchors import find_anchors, find_columns
from ...lib.view_shaper import (
    Place,
    place_in_card,
    place_in_form,
    place_in_groupings,
    place_in_list,
    place_in_search,
)

FORM = """
<form>
    <header><field name="stage"/></header>
    <sheet>
        <div name="button_box"><button><field name="count"/></button></div>
        <div class="oe_title"><h1><field name="name"/></h1></div>
        <group name="main">
            <group name="as_lead" invisible="type == 'opportunity'">
                <field name="phone"/>
            </group>
            <group name="as_opportunity" invisible="type == 'lead'">
                <label for="phone"/>
                <div class="o_row"><field name="phone"/><button name="call"/></div>
                <field name="secret" invisible="1"/>
                <field name="email"/>
            </group>
        </group>
        <notebook>
            <page name="notes" string="Notes"><field name="description"/></page>
            <page name="lines" string="Lines">
                <field name="line_ids">
                    <list><field name="phone"/><field name="price"/></list>
                </field>
            </page>
        </notebook>
    </sheet>
    <chatter/>
</form>
"""


def form(text=FORM):
    return etree.fromstring(text)


def place(name="x_cs_a", kind="char", **values):
    return Place(name, kind, **values)


def nodes(arch, name="x_cs_a"):
    return arch.xpath(f"//field[@name='{name}']")


@tagged("post_install", "-at_install")
class TestPlaceInForm(BaseCase):
    def shape(self, *places, arch=None, **values):
        arch = form() if arch is None else arch
        lost = place_in_form(arch, places, "More", **values)
        return arch, lost

    def test_beside_a_field_of_a_group(self):
        for position, offset in (("after", 1), ("before", -1)):
            arch, lost = self.shape(place(anchor="email", position=position))
            [node] = nodes(arch)
            [anchor] = nodes(arch, "email")
            self.assertFalse(lost)
            self.assertIs(node.getparent(), anchor.getparent())
            siblings = list(node.getparent())
            self.assertEqual(siblings.index(node) - siblings.index(anchor), offset)
            self.assertEqual(dict(node.attrib), {"name": "x_cs_a"})

    def test_fields_at_one_spot_keep_their_order(self):
        for position, expected in (
            ("after", ["email", "x_cs_a", "x_cs_b", "x_cs_c"]),
            ("before", ["x_cs_a", "x_cs_b", "x_cs_c", "email"]),
        ):
            arch, _lost = self.shape(
                *(place(f"x_cs_{each}", anchor="email", position=position) for each in "abc")
            )
            names = [node.get("name") for node in nodes(arch, "email")[0].getparent()]
            self.assertEqual([each for each in names if each in expected], expected)

    def test_where_the_form_has_the_field_twice_it_is_shown_once(self):
        """Trap 1: a field of leads and of opportunities, each hidden for the other."""
        arch, _lost = self.shape(place(anchor="phone"))
        first, second = nodes(arch)
        self.assertEqual(first.getparent().get("name"), "as_lead")
        self.assertIsNone(first.get("invisible"))
        self.assertEqual(second.getparent().get("name"), "as_opportunity")
        self.assertEqual(second.get("invisible"), "(not ((type == 'opportunity')))")

    def test_label_and_row_stay_together(self):
        arch, _lost = self.shape(place(anchor="phone", position="before"))
        names = [node.get("name") or node.tag for node in nodes(arch)[1].getparent()]
        self.assertEqual(names, ["x_cs_a", "label", "div", "secret", "email"])
        arch, _lost = self.shape(place(anchor="phone"))
        names = [node.get("name") or node.tag for node in nodes(arch)[1].getparent()]
        self.assertEqual(names, ["label", "div", "x_cs_a", "secret", "email"])

    def test_beside_a_title_a_group_gives_it_a_label(self):
        arch, _lost = self.shape(place(anchor="name"), place("x_cs_b", anchor="name"))
        group = nodes(arch)[0].getparent()
        self.assertEqual(group.tag, "group")
        self.assertEqual(group.getprevious().get("class"), "oe_title")
        self.assertEqual([node.get("name") for node in group], ["x_cs_a", "x_cs_b"])

    def test_what_is_no_part_of_the_sheet_is_no_anchor(self):
        """Hidden nodes, the header, buttons and the records of embedded lists."""
        for anchor in ("secret", "stage", "count", "price", "gone"):
            arch, lost = self.shape(place(anchor=anchor))
            self.assertEqual(lost, ["x_cs_a"])
            page = nodes(arch)[0].xpath("ancestor::page")[0]
            self.assertEqual((page.get("name"), page.get("string")), ("x_cs_more", "More"))
            self.assertEqual(page.getparent().tag, "notebook")

    def test_inside_a_tab_and_a_group(self):
        arch, lost = self.shape(
            place(anchor="notes", position="inside"),
            place("x_cs_b", anchor="as_lead", position="inside"),
            place("x_cs_c", anchor="main", position="inside"),
            place("x_cs_d"),
        )
        self.assertFalse(lost)
        self.assertEqual(nodes(arch)[0].xpath("ancestor::page/@name"), ["notes"])
        self.assertEqual(nodes(arch, "x_cs_b")[0].getparent().get("name"), "as_lead")
        group = nodes(arch, "x_cs_c")[0].getparent()
        self.assertEqual((group.tag, group.getparent().get("name")), ("group", "main"))
        self.assertEqual(nodes(arch, "x_cs_d")[0].xpath("ancestor::page/@name"), ["x_cs_more"])

    def test_beside_another_custom_field_whatever_the_order(self):
        arch, lost = self.shape(
            place("x_cs_c", anchor="x_cs_b"),
            place("x_cs_b", anchor="x_cs_a"),
            place("x_cs_a", anchor="email"),
        )
        self.assertFalse(lost)
        names = [node.get("name") for node in nodes(arch, "email")[0].getparent()][-4:]
        self.assertEqual(names, ["email", "x_cs_a", "x_cs_b", "x_cs_c"])

    def test_neighbors_of_each_other_are_not_lost(self):
        arch, lost = self.shape(place("x_cs_a", anchor="x_cs_b"), place("x_cs_b", anchor="x_cs_a"))
        self.assertEqual(lost, ["x_cs_a", "x_cs_b"])
        self.assertTrue(nodes(arch) and nodes(arch, "x_cs_b"))

    def test_forms_without_tabs_get_one(self):
        arch = form("<form><sheet><group><field name='name'/></group></sheet><chatter/></form>")
        self.shape(place(), arch=arch)
        self.assertEqual(arch.xpath("//notebook/page/@name"), ["x_cs_more"])
        self.assertEqual(arch.xpath("//notebook/..")[0].tag, "sheet")

    def test_short_forms_are_left_alone_unless_wanted(self):
        for text in (
            "<form><group><field name='name'/></group></form>",
            "<form><sheet><group><field name='name'/></group></sheet><footer/></form>",
        ):
            arch, _lost = self.shape(place(anchor="name"), place("x_cs_b"), arch=form(text))
            self.assertFalse(nodes(arch))
            arch, _lost = self.shape(
                place(anchor="name", is_in_dialogs=True),
                place("x_cs_b", anchor="gone", is_in_dialogs=True),
                arch=form(text),
            )
            self.assertTrue(nodes(arch))
            self.assertFalse(nodes(arch, "x_cs_b"))
            self.assertFalse(arch.xpath("//notebook"))

    def test_a_field_that_the_form_has_already_stays_as_it_is(self):
        arch = form(FORM.replace('<field name="email"/>', '<field name="x_cs_a"/>'))
        before = etree.tostring(arch)
        self.shape(place(anchor="phone"), arch=arch)
        self.assertEqual(etree.tostring(arch), before)

    def test_groups_and_condition_are_set_on_every_node(self):
        arch, _lost = self.shape(
            place(anchor="phone", groups="base.group_user"), condition="move_type == 'entry'"
        )
        first, second = nodes(arch)
        self.assertEqual(first.get("groups"), "base.group_user")
        self.assertEqual(first.get("invisible"), "(move_type == 'entry')")
        self.assertIn(" or ", second.get("invisible"))

    def test_a_spot_that_everybody_sees_is_preferred(self):
        arch = form(
            "<form><sheet><group groups='base.group_no_one'><field name='a'/></group>"
            "<group invisible='b'><field name='a'/></group>"
            "<group name='free'><field name='a'/></group></sheet></form>"
        )
        self.shape(place(anchor="a"), arch=arch)
        [node] = nodes(arch)
        self.assertEqual(node.getparent().get("name"), "free")

    def test_an_amount_brings_its_currency(self):
        for text, attribute in (
            (FORM, "invisible"),
            ("<list><field name='a'/></list>", "column_invisible"),
        ):
            arch = form(text)
            fields = [place(f"x_cs_{each}", "monetary", currency="money_id") for each in "ab"]
            (place_in_list if arch.tag == "list" else self.place)(arch, fields)
            self.assertEqual([node.get(attribute) for node in nodes(arch, "money_id")], ["1"])

    def place(self, arch, places):
        place_in_form(arch, places, "More")

    def test_text_of_people_never_becomes_a_name(self):
        for name in ("x_cs_a' or '1", "<field/>", "X", ""):
            with self.subTest(name=name), self.assertRaises(ValueError):
                self.shape(place(name, anchor="email"))

    def test_anchors_in_the_order_of_the_form(self):
        found = [(each.kind, each.name, each.page) for each in find_anchors(form())]
        self.assertEqual(
            found,
            [
                ("field", "name", ""),
                ("group", "main", ""),
                ("group", "as_lead", ""),
                ("field", "phone", ""),
                ("group", "as_opportunity", ""),
                ("field", "email", ""),
                ("page", "notes", ""),
                ("field", "description", "notes"),
                ("page", "lines", ""),
                ("field", "line_ids", "lines"),
            ],
        )


@tagged("post_install", "-at_install")
class TestPlaceElsewhere(BaseCase):
    def test_list(self):
        arch = form("<list><field name='a'/><field name='b'/><button name='go'/></list>")
        place_in_list(
            arch,
            [
                place("x_cs_c", "selection", column="hide"),
                place("x_cs_d", anchor="a"),
                place("x_cs_e", anchor="a"),
                place("x_cs_f", anchor="a", position="before"),
                place("x_cs_g", anchor="gone"),
            ],
        )
        self.assertEqual(
            [node.get("name") for node in arch],
            ["x_cs_f", "a", "x_cs_d", "x_cs_e", "b", "x_cs_c", "x_cs_g", "go"],
        )
        self.assertEqual(nodes(arch, "x_cs_c")[0].get("optional"), "hide")
        self.assertEqual(nodes(arch, "x_cs_d")[0].get("optional"), "show")

    def test_search(self):
        arch = form(
            "<search><field name='a'/><filter name='mine'/><group><filter name='by_a'"
            " context=\"{'group_by': 'a'}\"/></group><searchpanel/></search>"
        )
        fields = [
            place("x_cs_c", "selection", label="Color"),
            place("x_cs_d", "date", label='Day" <x/>'),
            place("x_cs_e", "boolean", label="Yes"),
        ]
        place_in_search(arch, fields)
        place_in_groupings(arch, fields)
        self.assertEqual(
            [node.get("name") or node.tag for node in arch],
            ["a", "x_cs_c", "x_cs_d", "x_cs_e", "mine", "separator", "x_cs_filter_x_cs_d"]
            + ["separator", "x_cs_filter_x_cs_e", "group", "searchpanel"],
        )
        [group] = arch.findall("group")
        self.assertEqual([node.get("string") for node in group][1:], ["Color", 'Day" <x/>', "Yes"])
        self.assertEqual(etree.fromstring(etree.tostring(arch)).tag, "search")

    def test_card(self):
        text = (
            "<kanban><templates><t t-name='menu'/><t t-name='card'><div><field name='a'/></div>"
            "<field name='b'/><footer/></t></templates></kanban>"
        )
        arch = form(text)
        place_in_card(
            arch,
            [place("x_cs_c", label="C"), place("x_cs_d", anchor="a", groups="base.group_user")],
        )
        card = arch.xpath("//t[@t-name='card']")[0]
        self.assertEqual(
            [node.get("t-if") or node.tag for node in card],
            ["div", "record.x_cs_d.raw_value", "field", "record.x_cs_c.raw_value", "footer"],
        )
        self.assertEqual(card[1].get("groups"), "base.group_user")
        self.assertIsNone(card[1].get("invisible"))
        arch = form(text)
        place_in_card(arch, [place("x_cs_c", label="C")], condition="a == 1")
        [line] = arch.xpath("//div[@t-if]")
        self.assertEqual(line.get("invisible"), "a == 1")
        arch = form("<kanban><templates/></kanban>")
        place_in_card(arch, [place()])
        self.assertFalse(nodes(arch))

    def test_columns(self):
        for text in (
            "<list><field name='a'/><field name='b' column_invisible='1'/><field name='c'/></list>",
            "<kanban><field name='b'/><t t-name='card'><p><field name='a'/></p>"
            + "<field name='c'/></t></kanban>",
            "<search><field name='a'/><field name='c'/><filter name='b'/></search>",
        ):
            self.assertEqual(find_columns(form(text)), ["a", "c"])
