import { registry } from "@web/core/registry";

import { markup } from "@odoo/owl";

/**
 * A desk was set up: say what was, and go on to its board.
 */
function deskReady(env, action) {
    const { title, summary, next } = action.params;
    // Made and escaped by the server
    env.services.notification.add(markup(summary), { title, type: "success", sticky: true });
    if (next.help) {
        next.help = markup(next.help);
    }
    return next;
}

registry.category("actions").add("crm_suite_helpdesk.desk_ready", deskReady);
