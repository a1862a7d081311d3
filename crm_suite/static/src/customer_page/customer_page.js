import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

const TREND_ICONS = { "-1": "fa-arrow-down", 0: "fa-minus", 1: "fa-arrow-up" };
const TREND_TONES = { "-1": "danger", 0: "muted", 1: "success" };
// Blocks with a place of their own; those of other add-ons follow the documents
const OWN_BLOCKS = ["figures", "standing", "documents", "suggestions", "profile", "relations"];

/**
 * All that one should know of a customer, in one look. Reads `crm.customer.page`.
 *
 * Props:
 * - partnerId: the contact; no id, nothing to see
 * - revision: whatever changes when the page has to be read again
 */
export class CrmCustomerPage extends Component {
    static template = "crm_suite.CustomerPage";
    static props = {
        partnerId: [Number, Boolean],
        revision: { optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.trendIcons = TREND_ICONS;
        this.trendTones = TREND_TONES;
        this.state = useState({ status: "loading", customer: {}, blocks: {}, error: "" });
        // the frame is shown at once, the page when it is here
        onWillStart(() => {
            this.load(this.props.partnerId);
        });
        onWillUpdateProps((next) => {
            if (next.partnerId !== this.props.partnerId) {
                Object.assign(this.state, { customer: {}, blocks: {} });
                this.load(next.partnerId);
            } else if (next.revision !== this.props.revision) {
                this.load(next.partnerId);
            }
        });
    }

    async load(partnerId) {
        this.state.status = "loading";
        const call = partnerId
            ? this.orm.silent.call("crm.customer.page", "get_page", [partnerId], {
                  context: user.context,
              })
            : Promise.resolve({ customer: {}, blocks: {} });
        this.asked = call;
        try {
            const page = await call;
            // an answer that was overtaken by another question is dropped
            if (this.asked === call) {
                Object.assign(this.state, { ...page, status: "ready", error: "" });
            }
        } catch (error) {
            if (this.asked === call) {
                this.state.status = "failed";
                this.state.error = error.data?.message || "";
            }
        }
    }

    retry() {
        return this.load(this.props.partnerId);
    }

    get isFirstLoad() {
        return this.state.status === "loading" && !this.state.customer.id;
    }

    get tiledBlocks() {
        const { blocks } = this.state;
        return ["documents", ...Object.keys(blocks).filter((key) => !OWN_BLOCKS.includes(key))]
            .filter((key) => blocks[key]?.tiles)
            .map((key) => ({ key, ...blocks[key] }));
    }

    /** What a figure counts. */
    async openFigure(row) {
        const ids = [this.state.blocks.figures.metric_id];
        return this.action.doAction(await this.orm.call("crm.customer.metric", row.action, [ids]));
    }

    openTile(tile) {
        return this.openList(tile.label, tile.model, tile.domain, tile.view);
    }

    openList(name, model, domain, view = false) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: `${name} - ${this.state.customer.name}`,
            res_model: model,
            views: [
                [view, "list"],
                [false, "form"],
            ],
            domain,
            context: { create: false },
        });
    }

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openPartner(id) {
        return this.openRecord("res.partner", id);
    }

    openRelations() {
        return this.openList(
            _t("Relations"),
            "crm.partner.relation",
            this.state.blocks.relations.domain
        );
    }
}

/** `<widget name="crm_customer_page"/>` on the form of a contact. */
export class CrmCustomerPageWidget extends Component {
    static template = "crm_suite.CustomerPageWidget";
    static components = { CrmCustomerPage };
    static props = { ...standardWidgetProps };

    get partnerId() {
        return this.props.record.resId || false;
    }

    /** The form was saved or read again. */
    get revision() {
        const { record } = this.props;
        return [record.id, record.data.write_date?.toMillis()].join();
    }
}

registry.category("view_widgets").add("crm_customer_page", {
    component: CrmCustomerPageWidget,
    fieldDependencies: [{ name: "write_date", type: "datetime" }],
});
