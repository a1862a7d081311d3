import { Activity as ActivityModel } from "@mail/core/common/activity_model";
import { Activity } from "@mail/core/web/activity";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { patch } from "@web/core/utils/patch";

patch(ActivityModel, {
    _insert(data) {
        const activity = super._insert(...arguments);
        if ("interaction_channel" in data) {
            activity.interaction_channel = data.interaction_channel;
        }
        return activity;
    },
});

/** Log what came of an activity, which finishes it: the outcome and the next step at once. */
const logActivity = {
    async onClickLog() {
        const { activity, onActivityChanged } = this.props;
        const { services } = this.env;
        const thread = services["mail.store"].Thread.insert({
            model: activity.res_model,
            id: activity.res_id,
        });
        const action = await services.orm.call("mail.activity", "action_log_interaction", [
            [activity.id],
        ]);
        await new Promise((resolve) => {
            services.action.doAction(action, { onClose: resolve });
        });
        onActivityChanged?.(thread);
        await thread.fetchNewMessages();
        this.props.reloadParentView?.();
    },
};

patch(Activity.prototype, logActivity);
patch(ActivityListPopoverItem.prototype, logActivity);
