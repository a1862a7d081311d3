import { registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";

const LOGS = ["notification", "user_notification"];

// In the menu of each message on a ticket: it becomes a ticket of its own
registerMessageAction("crm-split", {
    condition: ({ message, thread }) =>
        thread?.model === "crm.ticket" &&
        message.persistent &&
        !LOGS.includes(message.message_type) &&
        thread.hasWriteAccess,
    icon: "fa fa-code-fork",
    name: _t("Split off as a New Ticket"),
    onSelected: ({ message, owner, thread }) =>
        owner.env.services.action.doAction("crm_suite_helpdesk.crm_ticket_split_action", {
            additionalContext: {
                active_model: "crm.ticket",
                active_id: thread.id,
                active_ids: [thread.id],
                crm_message_ids: [message.id],
            },
        }),
    sequence: 75,
});
