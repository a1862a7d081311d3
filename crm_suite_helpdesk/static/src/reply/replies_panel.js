import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { normalize } from "@web/core/l10n/utils";

import { Component, onWillStart, useState } from "@odoo/owl";

/** The canned replies that fit this ticket, filled in for it. A click puts one into the composer. */
export class RepliesPanel extends Component {
    static template = "crm_suite_helpdesk.RepliesPanel";
    static props = {
        ticketId: Number,
        partnerId: { type: [Number, Boolean], optional: true },
        record: Object,
        insert: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.link = useService("crm_composer_link");
        this.state = useState({ replies: [], words: "", open: null });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.replies = await this.orm.call("crm.ticket", "get_canned_replies", [
            this.props.ticketId,
        ]);
    }

    get found() {
        const words = normalize(this.state.words).split(/\s+/).filter(Boolean);
        return this.state.replies.filter((reply) => {
            const text = normalize(`${reply.source} ${reply.text}`);
            return words.every((word) => text.includes(word));
        });
    }

    missing(reply) {
        return _t("Not known on this ticket: %s", reply.missing.join(", "));
    }

    async use(reply) {
        if (await this.props.insert(reply.text)) {
            this.link.noteReply(this.props.ticketId, reply);
        }
    }

    create() {
        return this.action.doAction("crm_suite_helpdesk.mail_canned_response_action_ticket", {
            viewType: "form",
        });
    }
}

registry.category("crm_suite_helpdesk.assistant").add("replies", {
    Component: RepliesPanel,
    label: _t("Replies"),
    sequence: 20,
    groups: ["crm_suite_helpdesk.group_agent"],
});
