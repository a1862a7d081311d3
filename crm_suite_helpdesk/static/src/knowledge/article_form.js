import { HistoryDialog } from "@html_editor/components/history_dialog/history_dialog";
import { getHtmlFieldMetadata, setHtmlFieldMetadata } from "@html_editor/fields/html_field";
import { markup } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const FIELD = "body";

/** The form of an article: earlier versions of its text can be read, compared and restored. */
export class ArticleFormController extends FormController {
    setup() {
        super.setup();
        this.notifications = useService("notification");
    }

    getStaticActionMenuItems() {
        return {
            ...super.getStaticActionMenuItems(),
            history: {
                sequence: 15,
                icon: "fa fa-history",
                description: _t("Version History"),
                callback: () => this.openHistory(),
            },
        };
    }

    openHistory() {
        const record = this.model.root;
        const historyMetadata = record.data.html_field_history_metadata?.[FIELD];
        if (!historyMetadata?.length) {
            this.notifications.add(_t("The text has not been changed since it was written."));
            return;
        }
        this.dialogService.add(HistoryDialog, {
            title: _t("Earlier Versions"),
            noContentHelper: markup`<span class="text-muted">${_t("There was no text.")}</span>`,
            recordId: record.resId,
            recordModel: this.props.resModel,
            versionedFieldName: FIELD,
            historyMetadata,
            restoreRequested: (html, close) => this.restore(html, close),
        });
    }

    restore(html, close) {
        const record = this.model.root;
        this.dialogService.add(ConfirmationDialog, {
            title: _t("Restore this version?"),
            body: _t("It takes the place of the present text, which stays in the history."),
            confirmLabel: _t("Restore"),
            confirm: () => {
                const metadata = getHtmlFieldMetadata(record.data[FIELD]);
                record.update({ [FIELD]: setHtmlFieldMetadata(html, metadata) });
                close();
            },
            cancel: () => {},
        });
    }
}

registry.category("views").add("crm_knowledge_article_form", {
    ...formView,
    Controller: ArticleFormController,
});
