import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { STATIC_ACTIONS_GROUP_NUMBER } from "@web/search/action_menus/action_menus";

import { Component, xml } from "@odoo/owl";

/** "Customize This Form", for configurators, on the forms that may be shaped. */
export class ShapeMenuItem extends Component {
    static template = xml`
        <DropdownItem class="'o_menu_item o_crm_shape_start'" onSelected="() => env.crmShape.start()">
            <i class="fa fa-paint-brush fa-fw me-1"/><t t-esc="label"/>
        </DropdownItem>`;
    static components = { DropdownItem };
    static props = {};

    get label() {
        return _t("Customize This Form");
    }
}

registry.category("cogMenu").add("crm-shape-form", {
    Component: ShapeMenuItem,
    groupNumber: STATIC_ACTIONS_GROUP_NUMBER,
    isDisplayed: ({ config, crmShape, isSmall }) =>
        config.viewType === "form" && Boolean(crmShape) && !isSmall,
});
