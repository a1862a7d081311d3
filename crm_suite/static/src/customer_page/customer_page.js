import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, reactive, toRaw, useState } from "@odoo/owl";

import { getRowDate, getRowUrl } from "../timeline/timeline_row";

const { DateTime } = luxon;

const TREND_ICONS = { "-1": "fa-arrow-down", 0: "fa-minus", 1: "fa-arrow-up" };
const TREND_TONES = { "-1": "danger", 0: "muted", 1: "success" };
// Blocks with a place of their own; those of other add-ons follow the documents
const OWN_BLOCKS = [
    "figures",
    "standing",
    "documents",
    "suggestions",
    "profile",
    "relations",
    "latest",
];

/** What the parts of one form show: read once for all of them. */
class CustomerPageReader {
    constructor(orm) {
        this.orm = orm;
        this.question = null;
        this.state = reactive({ status: "loading", customer: {}, blocks: {}, error: "" });
    }

    /** Reads the page, unless that was done already for this contact as he is now. */
    ask(partnerId, revision) {
        const question = JSON.stringify([partnerId, revision]);
        if (question === this.question) {
            return;
        }
        if (partnerId !== this.partnerId) {
            Object.assign(this.state, { customer: {}, blocks: {} });
        }
        Object.assign(this, { question, partnerId });
        this.load();
    }

    async load() {
        const { orm, partnerId, state } = this;
        state.status = "loading";
        const call = partnerId
            ? orm.silent.call("crm.customer.page", "get_page", [partnerId], {
                  context: user.context,
              })
            : Promise.resolve({ customer: {}, blocks: {} });
        this.asked = call;
        try {
            const page = await call;
            // an answer that was overtaken by another question is dropped
            if (this.asked === call) {
                Object.assign(state, { ...page, status: "ready", error: "" });
            }
        } catch (error) {
            if (this.asked === call) {
                state.status = "failed";
                state.error = error.data?.message || "";
            }
        }
    }
}

/** The reader of each form, as long as the form is there. */
const readers = new WeakMap();

function getReader(record, orm) {
    const model = toRaw(record.model);
    if (!readers.has(model)) {
        readers.set(model, new CustomerPageReader(orm));
    }
    return readers.get(model);
}

/** A part of the customer page. Reads `crm.customer.page` with the other parts of its form. */
class CustomerPagePart extends Component {
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        // not the service of this part: its answers would be lost with it, the others wait for them
        this.reader = getReader(this.props.record, this.env.services.orm);
        this.state = useState(this.reader.state);
        // the frame is shown at once, the page when it is here
        onWillStart(() => {
            this.ask(this.props.record);
        });
        onWillUpdateProps((next) => this.ask(next.record));
    }

    ask(record) {
        // the form was saved or read again
        this.reader.ask(record.resId || false, [record.id, record.data.write_date?.toMillis()]);
    }

    retry() {
        return this.reader.load();
    }

    get isFirstLoad() {
        return this.state.status === "loading" && !this.state.customer.id;
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
}

/** Where the customer stands and the key figures with their trend, beside the name. */
export class CrmCustomerFigures extends CustomerPagePart {
    static template = "crm_suite.CustomerFigures";

    setup() {
        super.setup();
        this.trendIcons = TREND_ICONS;
        this.trendTones = TREND_TONES;
    }

    /** What a screen reader says of a figure. */
    getFigureLabel(row) {
        return [row.label, row.value, row.trend?.text, row.note].filter(Boolean).join(", ");
    }

    /** What a figure counts. */
    async openFigure(row) {
        const ids = [this.state.blocks.figures.metric_id];
        return this.action.doAction(await this.orm.call("crm.customer.metric", row.action, [ids]));
    }
}

/** What is open, what he may buy next, who he is and what happened last. */
export class CrmCustomerPage extends CustomerPagePart {
    static template = "crm_suite.CustomerPage";

    setup() {
        super.setup();
        this.work = useState({ isQuoting: false });
        this.quoteLabel = _t("New Quotation");
    }

    get hasFailedBlocks() {
        return Object.values(this.state.blocks).some((block) => block?.failed);
    }

    getBlock(key) {
        const block = this.state.blocks[key];
        return block?.failed ? null : block;
    }

    get chips() {
        return this.state.blocks.standing?.chips || [];
    }

    get tiledBlocks() {
        const { blocks } = this.state;
        return ["documents", ...Object.keys(blocks).filter((key) => !OWN_BLOCKS.includes(key))]
            .filter((key) => blocks[key]?.tiles)
            .map((key) => ({ key, ...blocks[key] }));
    }

    openTile(tile) {
        return this.openList(tile.label, tile.model, tile.domain, tile.view);
    }

    openRelations() {
        return this.openList(
            _t("Relations"),
            "crm.partner.relation",
            this.getBlock("relations").domain
        );
    }

    /** One click makes a quotation with a product that is suggested. */
    async quote(row) {
        if (this.work.isQuoting) {
            return;
        }
        this.work.isQuoting = true;
        try {
            const partner = [this.props.record.resId];
            await this.action.doAction(
                await this.orm.call("res.partner", "action_quote_product", [partner, row.id])
            );
        } finally {
            this.work.isQuoting = false;
        }
    }

    // ------------------------------------------------------------------ what happened last

    openEvent(row) {
        return this.openRecord(row.res_model, row.res_id);
    }

    openTimeline() {
        return this.action.doAction("crm_suite.crm_timeline_action", {
            additionalContext: {
                active_id: this.props.record.resId,
                active_model: "res.partner",
            },
        });
    }

    getEventUrl(row) {
        return getRowUrl(row);
    }

    getEventDate(row) {
        return getRowDate(row).toLocaleString(DateTime.DATE_MED);
    }
}

for (const [name, component] of [
    ["crm_customer_figures", CrmCustomerFigures],
    ["crm_customer_page", CrmCustomerPage],
]) {
    registry.category("view_widgets").add(name, {
        component,
        fieldDependencies: [{ name: "write_date", type: "datetime" }],
    });
}
