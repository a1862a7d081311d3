import { _t } from "@web/core/l10n/translation";
import { evaluateBooleanExpr } from "@web/core/py_js/py";
import { patch } from "@web/core/utils/patch";
import { Record } from "@web/model/relational_model/record";
import { FormController } from "@web/views/form/form_controller";
import { ListController } from "@web/views/list/list_controller";

/**
 * Who leaves a field empty that a form rule requires reads what the rule says, or which field it
 * is, where Odoo only says that something is missing.
 */

/** Let the model of a view know the view, which holds the messages. */
function knowView() {
    return {
        setup() {
            super.setup();
            this.model.crmView = {
                resModel: this.props.resModel,
                getArchInfo: () => this.archInfo,
            };
        },
    };
}
patch(FormController.prototype, knowView());
patch(ListController.prototype, knowView());

/**
 * @param {Record} record
 * @returns {string[]} what the rules say that the empty fields of a record break
 */
function findMessages(record) {
    const view = record.model.crmView;
    if (!view || view.resModel !== record.resModel) {
        return [];
    }
    const nodes = Object.values(view.getArchInfo().fieldNodes).filter(
        (node) => node.attrs?.crm_rule_messages && record._invalidFields.has(node.name)
    );
    const texts = nodes
        .flatMap((node) =>
            JSON.parse(node.attrs.crm_rule_messages).map(([condition, text]) => [
                condition,
                text || _t("“%s” is missing.", node.string || record.fields[node.name].string),
            ])
        )
        .filter(([condition]) => evaluateBooleanExpr(condition, record.evalContextWithVirtualIds))
        .map(([, text]) => text);
    return [...new Set(texts)];
}

patch(Record.prototype, {
    _displayInvalidFieldNotification() {
        const messages = findMessages(this);
        if (!messages.length) {
            return super._displayInvalidFieldNotification();
        }
        return this.model.notification.add(messages.join(" "), {
            title: _t("Missing required fields"),
            type: "danger",
        });
    },
});
