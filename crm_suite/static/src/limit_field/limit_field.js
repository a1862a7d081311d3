import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { IntegerField, integerField } from "@web/views/fields/integer/integer_field";

/** A number that is a limit: 0 is none, and reads so. */
export class LimitField extends IntegerField {
    static template = "crm_suite.LimitField";

    get formattedValue() {
        return this.value ? super.formattedValue : "";
    }

    get noLimit() {
        return _t("No limit");
    }
}

export const limitField = {
    ...integerField,
    component: LimitField,
    displayName: _t("Limit"),
};

registry.category("fields").add("crm_limit", limitField);
