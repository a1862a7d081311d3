import { registry } from "@web/core/registry";

import { FunnelController } from "./funnel_controller";
import { FunnelModel } from "./funnel_model";

export const funnelView = {
    type: "crm_funnel",
    Controller: FunnelController,
    Model: FunnelModel,
    searchMenuTypes: ["filter", "groupBy", "favorite"],
    props: (genericProps, view) => ({ ...genericProps, Model: view.Model }),
};

registry.category("views").add("crm_funnel", funnelView);
