"""A person at a browser, who reads English or Arabic."""

import re

from tests.servers import ROOT

SHOTS = ROOT / ".test" / "screenshots"
LANGUAGES = {"en": "en_US", "ar": "ar_001"}
GROUPS = [
    "base.group_user",
    "base.group_partner_manager",
    "sales_team.group_sale_manager",
    "account.group_account_invoice",
    "crm_suite.group_configurator",
    "crm_suite_helpdesk.group_manager",
    "crm_suite_marketing.group_marketing_manager",
]


class Person:
    """A browser window of a logged-in user."""

    def __init__(self, chromium, suite, login, password, language):
        self.suite, self.login, self.language = suite, login, language
        self.errors = []
        self.page = chromium.new_context(viewport={"width": 1366, "height": 900}).new_page()
        self.page.set_default_timeout(120_000)
        self.page.on(
            "console",
            lambda message: self.errors.append(message.text) if message.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{suite.url}/web/login")
        self.page.fill("#login", login)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar, .o_portal, #wrap")

    def open(self, path, selector):
        self.page.goto(self.suite.url + path)
        self.page.wait_for_selector(selector)
        # the bus keeps a connection open for good, so the network is never idle
        self.page.wait_for_load_state("load")
        self.page.wait_for_timeout(700)

    def shot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(800)  # tabs fade in
        self.page.screenshot(path=SHOTS / f"{self.language}-{name}.png")

    def mirrored(self):
        return self.page.evaluate("getComputedStyle(document.body).direction") == "rtl"

    def pick(self, field, text):
        """Choose a record in a many2one."""
        # no click, which would open the list of everything before the search has an answer
        self.page.locator(f"[name={field}] input").first.fill(text)
        self.page.locator(
            ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option)", has_text=text
        ).first.click()

    def save(self):
        self.page.locator(".o_form_button_save").click()
        self.page.wait_for_selector(".o_form_button_save", state="hidden")

    def press(self, name, inside=""):
        """Click the button of a form, or of a dialog (inside=".modal"), that calls a method."""
        self.page.locator(f"{inside} button[name={name}]:visible:enabled".strip()).first.click()

    def back(self, model_field):
        """Go one crumb back, to a form that has this field."""
        self.page.locator(".o_control_panel .o_back_button").first.click()
        self.page.wait_for_selector(f".o_form_view [name={model_field}]")

    def digits(self, selector):
        """The digits of an amount on the screen: its marks and currency differ by language."""
        return re.sub(r"\D", "", self.page.locator(selector).first.inner_text())

    def tab(self, name):
        self.page.locator(f".o_notebook a[name={name}]").click()


def user(admin, login, language, groups):
    """An internal user, made when there is none yet; returns the log-in, also the password."""
    if not admin.find("res.users", [["login", "=", login]], "id"):
        admin.call(
            "res.users",
            "create",
            {
                "name": login.split(".")[0].title(),
                "login": login,
                "password": login,
                "email": f"{login}@example.com",
                "lang": LANGUAGES[language],
                "group_ids": [[6, 0, [admin.ref(group) for group in groups]]],
            },
        )
    return login


def check(person):
    """What holds on every screen: mirrored in Arabic, and nothing broke in the browser."""
    assert person.mirrored() == (person.language == "ar")
    assert person.errors == []
