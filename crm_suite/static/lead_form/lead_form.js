/* The form works without this: it only counts, fits frames, and stops double clicks. */
(() => {
    const root = document.documentElement;
    if (window.top !== window) {
        root.classList.add("embedded");
        // not scrollHeight, which is never less than the frame: the frame would grow for ever
        const tell = () => {
            const height = Math.ceil(document.body.getBoundingClientRect().height);
            window.parent.postMessage({ crmLeadFormHeight: height }, "*");
        };
        new ResizeObserver(tell).observe(document.body);
        tell();
    }
    const invalid = document.querySelector("[aria-invalid='true']");
    if (invalid) {
        invalid.focus();
    }
    const form = document.querySelector("form[data-progress]");
    if (!form) {
        return;
    }
    let last = null;
    let told = null;
    let isSent = false;
    const tell = () => {
        const data = new URLSearchParams({ token: form.elements.token.value, field: last || "" });
        told = last;
        navigator.sendBeacon(form.dataset.progress, data);
    };
    if (!form.dataset.preview) {
        tell();
        form.addEventListener("input", (event) => {
            const isFirst = !last;
            last = event.target.name;
            if (isFirst) {
                tell();
            }
        });
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "hidden" && last && last !== told && !isSent) {
                tell();
            }
        });
    }
    form.addEventListener("submit", () => {
        isSent = true;
        form.querySelector("button").disabled = true;
    });
    // a page that comes back from the history can be sent again
    window.addEventListener("pageshow", () => {
        form.querySelector("button").disabled = false;
    });
})();
