import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { nbsp } from "@web/core/utils/strings";
import { createElement, parseXML } from "@web/core/utils/xml";
import { session } from "@web/session";
import { FormController, loadSubViews } from "@web/views/form/form_controller";

import { markRaw, onMounted, useState, useSubEnv } from "@odoo/owl";
import { ShapeModel } from "./shape_model";
import { ShapePanel } from "./shape_panel";

// a form that was just published comes back in shape mode, with the tab that was open
let resumed = null;

/**
 * The shape mode of a form: `env.crmShape` is there for configurators, on forms that may be
 * shaped. While it is active the form is drawn from the arch that the server makes of the draft,
 * with the same engine that serves the views, and a panel stands beside it.
 */
patch(FormController.prototype, {
    setup() {
        super.setup();
        this.crmShape = null;
        if (this.env.inDialog || !session.crm_shapes?.includes(this.props.resModel)) {
            return;
        }
        this.crmShapeNotification = useService("notification");
        const shape = new ShapeModel({
            orm: this.orm,
            resModel: this.props.resModel,
            viewId: this.env.config.viewId || false,
            redraw: (arch) => this.drawShape(arch),
        });
        shape.version = 0;
        shape.start = () => this.startShaping();
        shape.stop = () => this.stopShaping();
        shape.finish = () => this.publishShape();
        this.crmShape = useState(shape);
        useSubEnv({ crmShape: this.crmShape });
        this.crmServedArchInfo = this.archInfo;
        onMounted(() => {
            const state = resumed;
            resumed = null;
            if (state?.resModel === this.props.resModel) {
                this.crmShape.page = state.page;
                return this.startShaping();
            }
        });
    },

    // no static component: some forms copied those before they could be patched
    get crmShapePanel() {
        return ShapePanel;
    },

    get className() {
        const className = super.className;
        if (this.crmShape?.isActive) {
            className.o_crm_shaping = true;
        }
        return className;
    },

    async startShaping() {
        if (this.crmShape.isActive) {
            return;
        }
        // what he typed must not be lost when the form is loaded again
        if (this.model.root.dirty && !(await this.save())) {
            return;
        }
        await this.crmShape.load();
        await this.crmShape.draw();
    },

    async stopShaping() {
        if (!(await this.confirmLosingShape())) {
            return false;
        }
        this.crmShape.close();
        this.showArch(this.crmServedArchInfo);
        return true;
    },

    async publishShape() {
        const result = await this.crmShape.publish();
        if (!result) {
            return;
        }
        resumed = { resModel: this.props.resModel, page: this.crmShape.page };
        this.crmShape.close();
        this.crmShapeNotification.add(_t("Published. Everybody has it from now on."), {
            type: "success",
        });
        await this.actionService.doAction("soft_reload");
    },

    /** Draw the form from another arch; the record and its values stay. */
    async drawShape(arch) {
        const xmlDoc = parseXML(arch.replace(/&amp;nbsp;/g, nbsp));
        for (const footer of xmlDoc.querySelectorAll("footer:not(field footer)")) {
            footer.remove();
        }
        const sheet = [...xmlDoc.querySelectorAll("sheet")].find(
            (sheet) => sheet.closest("form") === xmlDoc
        );
        (sheet || xmlDoc).append(createElement("widget", { name: "crm_shape_spots" }));
        const { ArchParser } = registry
            .category("views")
            .get(this.env.config.viewSubType || "form");
        const { relatedModels, fields, context, resModel } = this.props;
        const archInfo = new ArchParser().parse(xmlDoc, relatedModels, resModel);
        await loadSubViews(
            archInfo.fieldNodes,
            fields,
            context,
            resModel,
            this.viewService,
            this.env.isSmall
        );
        this.showArch(markRaw(archInfo));
    },

    showArch(archInfo) {
        this.archInfo = archInfo;
        this.crmShape.version++;
    },

    /** Ask before what is not published is lost. */
    confirmLosingShape() {
        if (!this.crmShape?.isActive || !this.crmShape.changeCount) {
            return Promise.resolve(true);
        }
        return new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("Not published yet"),
                    body: _t("What you changed in this form is not published. Leave it?"),
                    confirmLabel: _t("Leave without publishing"),
                    confirmClass: "btn-danger",
                    confirm: () => resolve(true),
                    cancelLabel: _t("Stay"),
                    cancel: () => resolve(false),
                    dismiss: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    },

    async beforeLeave({ forceLeave } = {}) {
        if (!forceLeave && !(await this.confirmLosingShape())) {
            return false;
        }
        this.crmShape?.close();
        return super.beforeLeave(...arguments);
    },

    async beforeUnload(ev) {
        if (this.crmShape?.isActive && this.crmShape.changeCount) {
            ev.preventDefault();
            ev.returnValue = "Unpublished changes";
        }
        return super.beforeUnload(...arguments);
    },
});
