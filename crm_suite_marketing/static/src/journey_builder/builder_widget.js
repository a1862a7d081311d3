import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { JourneyBuilder } from "./journey_builder";
import { FOCUS } from "./journey_view";

/** The canvas in the form of a journey: its draft if there is one, else what is live. */
export class JourneyBuilderWidget extends Component {
    static template = "crm_suite_marketing.JourneyBuilderWidget";
    static components = { JourneyBuilder };
    static props = { ...standardWidgetProps };

    get versionId() {
        const { draft_version_id, live_version_id, version_ids } = this.props.record.data;
        return draft_version_id?.id || live_version_id?.id || version_ids?.currentIds[0];
    }

    /** Where the list of problems of a launch leads to. */
    get focusUid() {
        return this.props.record.context.crm_journey_focus || undefined;
    }

    save() {
        return this.props.record.save();
    }
}

/** Closes the dialog above the canvas and goes to a step; opens the journey where no canvas is. */
async function focusStep(env, { params }) {
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    const asked = { versionId: params.version_id, uid: params.uid, isFound: false };
    env.bus.trigger(FOCUS, asked);
    if (!asked.isFound) {
        return params.journey;
    }
}

registry.category("actions").add("crm_journey_focus", focusStep);

registry.category("view_widgets").add("crm_journey_builder", {
    component: JourneyBuilderWidget,
    fieldDependencies: [
        { name: "draft_version_id", type: "many2one" },
        { name: "live_version_id", type: "many2one" },
        { name: "state", type: "selection" },
    ],
});
