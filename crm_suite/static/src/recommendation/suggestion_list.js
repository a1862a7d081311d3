import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";

import { Component, useEffect, useState } from "@odoo/owl";

/**
 * What to offer next, each product with the reason. Nothing waits for it: the rows come when they are
 * there, and again when the customer or the products change.
 */
export class SuggestionList extends Component {
    static template = "crm_suite.SuggestionList";
    static props = {
        partnerId: { type: [Number, Boolean], optional: true },
        productIds: { type: Array, optional: true },
        companyId: { type: [Number, Boolean], optional: true },
        limit: { type: Number, optional: true },
        /** What the button of a row says and does; without it there is no button. */
        addLabel: { type: String, optional: true },
        onAdd: { type: Function, optional: true },
    };
    static defaultProps = { partnerId: false, productIds: [], companyId: false, limit: 5 };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ suggestions: [], message: "", adding: false });
        useEffect(
            () => {
                this.load();
            },
            () => [this.question]
        );
    }

    get question() {
        const { partnerId, productIds, companyId, limit } = this.props;
        return JSON.stringify([partnerId, [...new Set(productIds)].sort(), companyId, limit]);
    }

    get addLabel() {
        return this.props.addLabel || _t("Add");
    }

    async load() {
        const [partner_id, product_ids, company_id, limit] = JSON.parse(this.question);
        const answer = await this.keepLast.add(
            this.orm.silent.call("crm.product.association", "get_suggestions", [], {
                partner_id,
                product_ids,
                company_id,
                limit,
            })
        );
        Object.assign(this.state, answer);
    }

    async add(suggestion) {
        if (this.state.adding) {
            return;
        }
        this.state.adding = true;
        try {
            await this.props.onAdd(suggestion);
        } finally {
            this.state.adding = false;
        }
    }
}
