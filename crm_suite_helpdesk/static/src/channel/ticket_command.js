import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

// Live chats exist where the app Live Chat is installed; elsewhere no channel has this type
registry.category("discuss.channel_commands").add("ticket", {
    condition: ({ store }) => store.has_access_create_ticket,
    channel_types: ["livechat"],
    help: _t("Make a ticket of this conversation (/ticket subject)"),
    methodName: "execute_command_ticket",
});
