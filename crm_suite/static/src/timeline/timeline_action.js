import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, onWillStart } from "@odoo/owl";

import { CrmTimeline } from "./timeline";

/** The timeline of the contact `active_id` as a page of its own, with an address that can be kept. */
export class CrmTimelineAction extends Component {
    static template = "crm_suite.TimelineAction";
    static components = { CrmTimeline, Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.partnerId = this.props.action.context.active_id || false;
        onWillStart(async () => {
            if (this.partnerId) {
                const [partner] = await this.orm.read(
                    "res.partner",
                    [this.partnerId],
                    ["display_name"]
                );
                this.env.config.setDisplayName(
                    _t("Timeline of %(customer)s", { customer: partner.display_name })
                );
            }
        });
    }
}

registry.category("actions").add("crm_suite.timeline", CrmTimelineAction);
