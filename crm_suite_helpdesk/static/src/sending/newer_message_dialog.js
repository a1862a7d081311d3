import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { RPCError } from "@web/core/network/rpc";

import { Component } from "@odoo/owl";

/** What the server says when the customer has written since an agent began to answer, or null. */
export function getNewerMessages(error) {
    return (error instanceof RPCError && error.data?.context?.crm_newer) || null;
}

/** Shows what the customer has just written, before an answer goes over it. */
export class NewerMessageDialog extends Component {
    static template = "crm_suite_helpdesk.NewerMessageDialog";
    static components = { Dialog };
    static props = { newer: Object, onRead: Function, onSend: Function, close: Function };

    time(message) {
        return formatDateTime(deserializeDateTime(message.date), { showSeconds: false });
    }

    read() {
        this.props.close();
        this.props.onRead();
    }

    send() {
        this.props.close();
        this.props.onSend();
    }
}
