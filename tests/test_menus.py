"""Whoever sees an app or a menu can open it, whatever the role."""

import pytest

ROLES = {
    "own documents": ["sales_team.group_sale_salesman"],
    "team documents": ["crm_suite.group_team_leader"],
    "all documents": ["sales_team.group_sale_salesman_all_leads"],
    "sales administrator": ["sales_team.group_sale_manager"],
    "configurator": ["crm_suite.group_configurator"],
    "agent": ["crm_suite_helpdesk.group_agent"],
    "helpdesk manager": ["crm_suite_helpdesk.group_manager"],
    "marketing user": ["crm_suite_marketing.group_marketing_user"],
    "marketing manager": ["crm_suite_marketing.group_marketing_manager"],
}
APPS = (
    "crm.crm_menu_root",
    "crm_suite.",
    "crm_suite_helpdesk.",
    "mass_mailing.mass_mailing_menu_root",
)


def subtree(menus, menu_id):
    menu = menus[str(menu_id)]
    yield menu
    for child in menu["children"]:
        yield from subtree(menus, child)


@pytest.mark.parametrize("role", ROLES)
def test_every_menu_of_a_role_opens(suite, role):
    admin = suite.login("admin")
    groups = [admin.ref(xml_id) for xml_id in [*ROLES[role], "base.group_user"]]
    login = role.replace(" ", ".")
    admin.call(
        "res.users",
        "create",
        {"name": role, "login": login, "password": login, "group_ids": [[6, 0, groups]]},
    )
    user = suite.login(login)
    menus = user.call("ir.ui.menu", "load_web_menus", [], False)
    roots = [menus[str(i)] for i in menus["root"]["children"]]
    opened = 0
    for root in roots:
        if not root["xmlid"].startswith(APPS):
            continue
        for menu in subtree(menus, root["id"]):
            if menu["actionModel"] != "ir.actions.act_window":
                continue
            action = user._rpc("/web/action/load", {"action_id": menu["actionID"]})
            model = action["res_model"]
            views = [[view_id, kind] for view_id, kind in action["views"]]
            user.call(model, "get_views", views=views, options={"load_filters": True})
            user.call(model, "search_count", [])
            opened += 1
    assert opened, f"{role} has no menu of ours"
