import { rpcBus } from "@web/core/network/rpc";
import { UPDATE_METHODS } from "@web/core/orm_service";
import { registry } from "@web/core/registry";

const SHAPING = ["crm.form.", "crm.custom"];

/**
 * Forget the views that the browser keeps whenever their customization changes: who saved a rule
 * sees it in the form that he opens next.
 */
const viewCacheService = {
    start() {
        rpcBus.addEventListener("RPC:RESPONSE", ({ detail }) => {
            const { model, method } = detail.data.params;
            if (
                !detail.error &&
                SHAPING.some((prefix) => model?.startsWith(prefix)) &&
                (UPDATE_METHODS.includes(method) || method?.startsWith("action_"))
            ) {
                rpcBus.trigger("CLEAR-CACHES", "get_views");
            }
        });
    },
};

registry.category("services").add("crm_suite.view_cache", viewCacheService);
