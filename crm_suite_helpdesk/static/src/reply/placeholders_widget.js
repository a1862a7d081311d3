import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart } from "@odoo/owl";

/** The words that a prepared text can hold; a click copies one. */
export class PlaceholdersWidget extends Component {
    static template = "crm_suite_helpdesk.PlaceholdersWidget";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        onWillStart(async () => {
            this.placeholders = await this.orm.call("crm.ticket", "get_placeholders", []);
        });
    }

    token(placeholder) {
        return `{{${placeholder.name}}}`;
    }

    async copy(placeholder) {
        await browser.navigator.clipboard.writeText(this.token(placeholder));
        this.notification.add(_t("%s is copied.", this.token(placeholder)), { type: "success" });
    }
}

registry.category("view_widgets").add("crm_ticket_placeholders", {
    component: PlaceholdersWidget,
});
