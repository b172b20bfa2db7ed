// What makes the pages smoother. Every page works without this file.
(() => {
  "use strict";

  const announcer = () => document.getElementById("announcer");
  const announce = (text) => {
    const place = announcer();
    if (!place || !text) return;
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 50);
  };

  // "/" goes to the search; Esc closes an open menu and gives focus back.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("dialog[open] [data-search]") || document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  // A menu closes when one goes elsewhere.
  const closeMenus = (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  };
  document.addEventListener("pointerdown", closeMenus);
  document.addEventListener("focusin", closeMenus);

  document.addEventListener("click", async (event) => {
    const step = event.target.closest("[data-stepper] [data-step]");
    if (step) {
      const input = step.parentElement.querySelector("input");
      const before = input.value;
      if (Number(step.dataset.step) > 0) input.stepUp(); else input.stepDown();
      if (input.value !== before) {
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
        announce(input.value);
      }
      return;
    }

    const copy = event.target.closest("[data-copy] button");
    if (copy) {
      const code = copy.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "Copied";
        announce("Copied");
      } catch {
        getSelection().selectAllChildren(code);
        copy.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
      return;
    }

    // A link or button with data-dialog opens that dialog; without scripts the link leads to the page that asks.
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      dialog.showModal();
      dialog.addEventListener("close", () => opener.isConnected && opener.focus(), { once: true });
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer && closer.closest("dialog")) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });

  // A typed count: the button wakes when the count is right. The server checks it too.
  const checkCount = (input) => {
    const right = input.value.replace(/[\s,.]/g, "") === input.dataset.confirmCount;
    for (const button of input.form.querySelectorAll("button[type=submit], button:not([type])")) {
      if (!button.hasAttribute("data-always")) button.disabled = !right;
    }
  };
  // Choose every box of a group: <input type="checkbox" data-all="number">, and how many are chosen in [data-chosen].
  const countChosen = (form) => {
    const boxes = [...form.querySelectorAll("input[type=checkbox]:not([data-all])")];
    const chosen = boxes.filter((box) => box.checked).length;
    for (const place of form.querySelectorAll("[data-chosen]")) place.textContent = String(chosen);
    for (const all of form.querySelectorAll("[data-all]")) {
      all.checked = chosen > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-confirm-count]")) checkCount(event.target);
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.type !== "checkbox" || !box.form) return;
    if (box.hasAttribute("data-all")) {
      for (const other of box.form.elements) {
        if (other.type === "checkbox" && other.name === box.dataset.all && !other.disabled) other.checked = box.checked;
      }
    }
    if (box.form.querySelector("[data-all], [data-chosen]")) countChosen(box.form);
  });
  // A select or box with data-submit sends its form at once.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // One submit at a time. The server has its own guard. What htmx sends is marked when it is sent.
  const HTMX = "[hx-post], [hx-get], [hx-put], [hx-patch], [hx-delete], [hx-boost=true] *";
  const byHtmx = (form, submitter) => form.matches(HTMX) || (submitter && submitter.matches(HTMX));
  // By request: after a swap the form it came from may be gone, and the button outside of it not.
  const pressed = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form.tagName !== "FORM" || form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    const button = event.detail.requestConfig.triggeringEvent?.submitter;
    if (button) button.setAttribute("aria-busy", "true");
    pressed.set(event.detail.xhr, { form, button });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-repeat") || byHtmx(form, event.submitter)) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.setAttribute("aria-busy", "true");
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  }, true);
  const calm = (root) => {
    for (const busy of root.querySelectorAll("form[aria-busy], form [aria-busy]")) busy.removeAttribute("aria-busy");
    if (root.matches && root.matches("form[aria-busy]")) root.removeAttribute("aria-busy");
  };
  addEventListener("pageshow", () => calm(document));
  document.addEventListener("htmx:afterRequest", (event) => {
    const sent = pressed.get(event.detail.xhr);
    if (!sent) return;
    calm(sent.form);
    sent.button?.removeAttribute("aria-busy");
  });

  // Polling rests while nobody looks, and goes on when they do.
  const waiting = new Map();
  document.addEventListener("htmx:confirm", (event) => {
    const source = event.detail.elt;
    if (!document.hidden || !/every|load/.test(source.getAttribute("hx-trigger") || "")) return;
    event.preventDefault();
    waiting.set(source, event.detail.issueRequest);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const [source, go] of waiting) if (source.isConnected) go();
    waiting.clear();
  });

  // What scrolls sideways can be reached with the keyboard, and only then.
  const reach = () => {
    for (const place of document.querySelectorAll(".table-wrap, .chart-scroll")) {
      if (place.scrollWidth > place.clientWidth + 1) place.tabIndex = 0;
      else place.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", reach);
  addEventListener("load", reach);

  // After a swap: go to what is wrong, say what changed. htmx itself keeps focus on elements that have an id.
  const said = new Map();
  const settle = (root, first) => {
    reach();
    const summary = root.querySelector(".error-summary");
    if (summary) summary.focus();
    for (const input of root.querySelectorAll("[data-confirm-count]")) checkCount(input);
    for (const place of document.querySelectorAll("[data-announce]")) {
      const text = place.dataset.announce;
      const key = place.id || "page";
      if (!first && said.get(key) !== text) announce(text);
      said.set(key, text);
    }
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt;
    settle(target && target.isConnected ? target : document, false);
  });
  // What went wrong stands in #trouble, where htmx puts the server's words, until the same request works again.
  const trouble = document.getElementById("trouble");
  let troubled = "";
  const whatWasAsked = (event) => `${event.detail.requestConfig?.verb} ${event.detail.requestConfig?.path}`;
  const isPoll = (event) => /every|load/.test(event.detail.elt?.getAttribute?.("hx-trigger") || "");
  const show = (event) => {
    troubled = whatWasAsked(event);
    // A poll that fails again and again does not move the page under one's hands.
    if (trouble && !isPoll(event)) setTimeout(() => trouble.scrollIntoView({ block: "nearest" }), 50);
  };
  document.addEventListener("htmx:responseError", show);
  document.addEventListener("htmx:sendError", (event) => {
    if (!trouble) return;
    const notice = document.createElement("div");
    notice.className = "notice notice-danger";
    notice.setAttribute("role", "alert");
    notice.textContent = "The server cannot be reached. Try again.";
    trouble.replaceChildren(notice);
    show(event);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && trouble && whatWasAsked(event) === troubled) trouble.replaceChildren();
  });
  settle(document, true);
})();
