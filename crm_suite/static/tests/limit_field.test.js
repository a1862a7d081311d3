import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

describe.current.tags("crm_suite");

class Member extends models.Model {
    _name = "member";
    most = fields.Integer();
    _records = [
        { id: 1, most: 0 },
        { id: 2, most: 7 },
    ];
}
defineMailModels();
defineModels([Member]);

test("no limit is said in words", async () => {
    await mountView({
        type: "list",
        resModel: "member",
        arch: `<list><field name="most" widget="crm_limit"/></list>`,
    });
    expect(queryAllTexts(".o_data_cell")).toEqual(["No limit", "7"]);
});

test("an empty limit is none", async () => {
    onRpc("web_save", ({ args }) => {
        expect.step(args[1].most);
    });
    await mountView({
        type: "form",
        resModel: "member",
        resId: 2,
        arch: `<form><field name="most" widget="crm_limit"/></form>`,
    });
    await contains(".o_field_widget input").edit("");
    expect(".o_field_widget input").toHaveValue("");
    expect(".o_field_widget input").toHaveAttribute("placeholder", "No limit");
    await contains(".o_form_button_save").click();
    expect.verifySteps([0]);
});
