/* For the page that embeds a form: frames as high as their forms, and where the visitor came from. */
(() => {
    const names = ["utm_source", "utm_medium", "utm_campaign"];
    const here = new URLSearchParams(window.location.search);
    for (const frame of document.querySelectorAll("iframe[data-crm-lead-form]")) {
        const url = new URL(frame.src);
        const known = names.filter((name) => here.get(name) && !url.searchParams.has(name));
        for (const name of known) {
            url.searchParams.set(name, here.get(name));
        }
        if (known.length) {
            frame.src = url;
        }
        window.addEventListener("message", (event) => {
            const height = event.data && event.data.crmLeadFormHeight;
            if (event.source === frame.contentWindow && Number.isFinite(height)) {
                frame.style.height = `${Math.min(Math.max(height, 100), 5000)}px`;
                frame.style.minHeight = "0";
            }
        });
    }
})();
