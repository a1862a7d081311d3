import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { useService } from "@web/core/utils/hooks";

const DEFINITION = [
    "kind",
    "domain",
    "partner_ids",
    "rfm_cell_ids",
    "value_tier_ids",
    "include_mode",
    "include_ids",
    "exclude_ids",
    "company_id",
];

/** Who would be in the segment that is on the form, before it is saved. */
export class SegmentPreview extends Component {
    static template = "crm_suite.SegmentPreview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ result: null, isLoading: false });
        useRecordObserver((record) => {
            // reading them is what makes the observer look again
            const definition = JSON.stringify(
                DEFINITION.map((name) => this.describe(record.data[name]))
            );
            if (definition !== this.definition) {
                this.definition = definition;
                this.state.result = null;
                this.state.isLoading = false;
            }
        });
    }

    describe(value) {
        return value && value.currentIds ? value.currentIds : value;
    }

    async preview() {
        const { record } = this.props;
        const changes = await record.getChanges({ withReadonly: true });
        const values = Object.fromEntries(
            DEFINITION.filter((name) => name in changes).map((name) => [name, changes[name]])
        );
        const { definition } = this;
        this.state.isLoading = true;
        try {
            const result = await this.keepLast.add(
                this.orm.call("crm.segment", "get_preview", [
                    record.resId ? [record.resId] : [],
                    values,
                ])
            );
            if (definition === this.definition) {
                this.state.result = result;
            }
        } finally {
            this.state.isLoading = false;
        }
    }

    get rest() {
        const rest = this.state.result.count - this.state.result.sample.length;
        return rest > 0 && _t("and %s more", rest);
    }

    open(contact) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: contact.id,
            views: [[false, "form"]],
            target: "new",
        });
    }
}

registry.category("view_widgets").add("crm_segment_preview", {
    component: SegmentPreview,
});
