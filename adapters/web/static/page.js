/* What htmx cannot say in HTML: dialogs, focus, news for a screen reader, waiting for changes. */
(() => {
  "use strict";
  const app = document.getElementById("app");
  const news = document.getElementById("news");
  const lost = document.getElementById("lost");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let latest = 0;
  let known = new Set(messages().map((m) => m.id));
  let viewer = seat();
  let opener = "";
  let acted = false;
  let asking = false;
  let acting = 0;
  let deeds = 0;
  let unread = false;

  function messages() { return [...app.querySelectorAll("article.message")]; }
  function refresher() { return document.getElementById("refresh"); }
  function number(message) { return Number(message.id.slice(1)); }
  function following() { return refresher().dataset.follow === "1"; }
  function seat() { return refresher().dataset.as; }

  // Waiting for changes

  function listen() {
    const source = new EventSource("/news");
    source.onmessage = (event) => {
      latest = Number(event.data);
      lost.hidden = true;
      refresh();
    };
    source.onerror = () => { lost.hidden = false; };
  }
  function refresh() {
    const form = refresher();
    if (!asking && !acting && Number(form.dataset.version) < latest) {
      asking = true;
      htmx.trigger(form, "refresh");
    }
  }

  // After each change of the page

  function settled() {
    asking = false;
    dialogs();
    tell();
    pane(document.body.dataset.pane);
    const field = app.querySelector("[data-focus]:not([data-focused])");
    if (field) { field.dataset.focused = "1"; field.focus(); }
    refresh();
  }
  function dialogs() {
    const dialog = app.querySelector("dialog");
    if (dialog && following()) {
      // Somebody else fills it in: it is shown, and takes nothing from whoever watches.
      dialog.setAttribute("open", "");
    } else if (dialog && !dialog.matches(":modal")) {
      dialog.close();
      const from = document.activeElement;
      opener = from && from.id ? from.id : opener;
      dialog.showModal();
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        dialog.querySelector("[data-close]").click();
      });
      const first = dialog.querySelector(".fields input, .fields textarea, .fields select");
      if (first) { first.focus(); }
    } else if (!dialog && opener) {
      const back = document.getElementById(opener);
      opener = "";
      if (back) { back.focus(); }
    }
  }
  function tell() {
    const all = messages();
    const fresh = all.filter((m) => !known.has(m.id));
    const moved = seat() !== viewer;
    viewer = seat();
    known = new Set(all.map((m) => m.id));
    if (moved) { unread = false; }
    if (!fresh.length) { acted = false; return; }
    if (!moved && fresh.some((m) => m.closest("#letters"))) { unread = true; }
    if (!moved || following()) {
      news.replaceChildren(...fresh.slice(-3).map((m) => {
        const line = document.createElement("p");
        line.textContent = m.dataset.news;
        return line;
      }));
    }
    if (acted || moved || following()) { show(fresh.sort((a, b) => number(a) - number(b)).at(-1)); }
    acted = false;
  }
  function show(message) {
    const pick = message.closest("#letters") ? "letters" : "channel";
    if (following()) { pane(pick); }
    message.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }
  function pane(name) {
    document.body.dataset.pane = name;
    if (name === "letters") { unread = false; }
    app.querySelector(".dot").hidden = !unread;
    for (const button of app.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === name));
    }
  }

  // What people do

  app.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (button) { pane(button.dataset.show); }
  });
  app.addEventListener("keydown", (event) => {
    const box = event.target.closest("textarea[data-enter]");
    if (box && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (box.value.trim()) { box.form.requestSubmit(); }
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    const last = messages().at(-1) || document.getElementById("channel");
    last.focus();
    last.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:before:request", (event) => {
    const ctx = event.detail.ctx;
    if (ctx.sourceElement === refresher()) {
      ctx.deeds = deeds;
    } else {
      acted = true;
      acting += 1;
      deeds += 1;
    }
  });
  document.addEventListener("htmx:before:swap", (event) => {
    // What was asked for before somebody did something would show the page as it was: another
    // person's, perhaps. What they did brings a newer one.
    if (late(event.detail.ctx)) { event.preventDefault(); }
  });
  document.addEventListener("htmx:finally:request", (event) => {
    const ctx = event.detail.ctx;
    if (ctx.sourceElement !== refresher()) {
      acting -= 1;
    } else {
      asking = false;
      if (!late(ctx)) { return; }  // if it failed, the next sign of life asks again
    }
    refresh();
  });
  function late(ctx) { return "deeds" in ctx && ctx.deeds !== deeds; }
  document.addEventListener("htmx:after:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    if (source.matches && source.matches("form[data-clear]")) { source.reset(); }
  });
  document.addEventListener("htmx:after:swap", settled);
  settled();
  listen();
})();
