"""Compile what browsers load, in an Odoo shell (`env`): the bundles of the pages, their style
sheets mirrored for Arabic, too, and what screens load when they need it.
"""

# of other test suites, and of pages that no test opens
UNUSED = {
    "api_doc.assets",
    "mail.assets_discuss_public_test_tours",
    "mail.assets_public",
    "snailmail.report_assets_snailmail",
    "spreadsheet.public_spreadsheet",
    "web.assets_web_dark",
    "web.qunit_suite_tests",
    "web.tests_assets",
}
LATER = ["bus.websocket_worker_assets", "web.assets_backend_lazy", "web.assets_emoji"]
LATER += ["web.chartjs_lib", "web.fullcalendar_lib"]

qweb = env["ir.qweb"]  # noqa: F821
scripts, styles = (set(names) - UNUSED for names in qweb._get_bundles_to_pregenarate())
for name in sorted({*scripts, *LATER}):
    bundle = qweb._get_asset_bundle(name, css=False, js=True)
    if bundle.javascripts:
        bundle.js()
for name in sorted({*styles, *LATER}):
    for rtl in (False, True):
        bundle = qweb._get_asset_bundle(name, css=True, js=False, rtl=rtl)
        if bundle.stylesheets and not (rtl and "test" in name):
            bundle.css()
env.cr.commit()  # noqa: F821
