import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component } from "@odoo/owl";

import { SuggestionList } from "./suggestion_list";

/** What to offer a customer next, from his page; a click begins a quotation with it. */
export class SuggestionAction extends Component {
    static template = "crm_suite.SuggestionAction";
    static components = { SuggestionList };
    static props = { ...standardActionServiceProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.addLabel = _t("New Quotation");
    }

    get partnerId() {
        return this.props.action.params?.partner_id || false;
    }

    async quote(suggestion) {
        const action = await this.orm.call("res.partner", "action_quote_product", [
            [this.partnerId],
            suggestion.product_id,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("actions").add("crm_suite.product_suggestions", SuggestionAction);
