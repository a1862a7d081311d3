import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/**
 * A form saves what is on it when the browser tab is closed. Here everything has a default, so that a
 * dialog that was merely opened would log a call that never was.
 */
export class InteractionDialogController extends FormController {
    async beforeUnload(ev) {
        if (this.model.root.dirty) {
            return super.beforeUnload(ev);
        }
    }
}

registry.category("views").add("crm_interaction_dialog", {
    ...formView,
    Controller: InteractionDialogController,
});
