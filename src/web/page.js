// What the page does beyond its plain forms: it says that it saves, it follows changes, it tells when nobody answers.
// Every picture comes from the server; nothing here knows what a choice means.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const text = id => find(`#${id}`).content.textContent;
  const parts = ["pill", "panel", "choice", "figures", "next", "delivery"];
  const lost = find("#lost");
  let address = location.search.includes("after=") ? location.href : "./";
  let busy = false, round = 0, timer, source;

  // ---- showing what the server says ---------------------------------------------------------------------------

  async function look() {
    const mine = ++round;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.status === 401) throw new Error("anew");
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === round && !busy && answer.ok) show(fresh, false);
    lost.hidden = true;
  }

  function show(fresh, all) {
    const main = find("main"), now = find("main", fresh);
    const changed = now.dataset.state !== main.dataset.state;
    const open = [...document.querySelectorAll("details[open]")].map(details => details.id);
    const focused = document.activeElement?.id, ticked = find("#panel [type=checkbox]")?.checked;
    // What failed stays until the next try, unless somebody else has chosen meanwhile.
    const keep = !all && !changed && ["failed", "gone"].includes(find("#panel").dataset.panel);
    for (const part of parts.filter(part => part !== "panel" || !keep)) {
      const old = find(`#${part}`), next = find(`#${part}`, fresh);
      for (const id of open) find(`#${id}`, next)?.setAttribute("open", "");
      if (old.outerHTML !== next.outerHTML) old.replaceWith(document.adoptNode(next));
    }
    Object.assign(main.dataset, now.dataset);
    document.title = fresh.title;
    if (ticked && find("#panel [type=checkbox]")) find("#panel [type=checkbox]").checked = true;
    if (focused && document.activeElement === document.body) find(`#${focused}`)?.focus({ preventScroll: true });
    if (changed) tell(document.title);
    thank();
  }

  const tell = words => { find("#status").textContent = words; };

  // ---- a choice -----------------------------------------------------------------------------------------------

  async function choose(body, form, button) {
    busy = true;
    round++;
    clearTimeout(timer);
    form?.setAttribute("aria-busy", "true");
    const words = [...(button?.childNodes ?? [])];
    button?.classList.add("saving");
    button?.replaceChildren(text("saving"));
    tell(text("saving"));
    try {
      const answer = await fetch("choice", { method: "POST", body, headers: { Accept: "text/html" } });
      if (answer.status === 401) return gone(body, text("anew"));
      if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      address = answer.redirected ? answer.url : "./";
      show(fresh, true);
      lost.hidden = true;
      find("#panel form")?.focus();
    } catch {
      gone(body);
    } finally {
      busy = false;
      form?.removeAttribute("aria-busy");
      button?.classList.remove("saving");
      button?.replaceChildren(...words);
    }
  }

  function gone(body, words) {
    const panel = find("#panel");
    panel.dataset.panel = "gone";
    panel.replaceChildren(find("#unreachable").content.cloneNode(true));
    if (words) find("p", panel).textContent = words;
    find("[data-retry]", panel).addEventListener("click", event => choose(body, panel.firstElementChild, event.target));
    panel.firstElementChild.focus();
    lost.hidden = true;
    tell("");
  }

  addEventListener("submit", event => {
    event.preventDefault();
    if (busy) return;
    const body = new URLSearchParams(new FormData(event.target));
    if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
    choose(body, event.target, event.submitter);
  });

  // ---- the thank-you goes when it is dismissed, or by itself when nobody is at it ------------------------------

  function dismiss(event) {
    event?.preventDefault();
    const within = find("#panel").contains(document.activeElement);
    clearTimeout(timer);
    address = "./";
    history.replaceState(null, "", "./");
    find("#panel").replaceChildren();
    delete find("#panel").dataset.panel;
    if (within) find("#choice-heading").focus({ preventScroll: true });
  }

  function thank() {
    clearTimeout(timer);
    const panel = find("#panel");
    if (panel.dataset.panel !== "saved") return;
    const wait = () => { clearTimeout(timer); timer = setTimeout(dismiss, find("main").dataset.thanks * 1000); };
    const stay = event => event.target !== panel.firstElementChild && clearTimeout(timer);
    find("[data-dismiss]", panel).addEventListener("click", dismiss);
    panel.onmouseenter = () => clearTimeout(timer);
    panel.onfocus = panel.onfocusin = null;
    panel.firstElementChild.addEventListener("focusin", stay);
    panel.firstElementChild.addEventListener("focusout", wait);
    panel.onmouseleave = wait;
    wait();
  }

  // ---- following ----------------------------------------------------------------------------------------------

  function follow() {
    source?.close();
    source = new EventSource("events");
    source.addEventListener("change", event => {
      if (event.data !== find("main").dataset.stamp || !lost.hidden) look().catch(miss);
    });
    source.onerror = () => miss();
  }

  function miss(error) {
    if (find("#panel").dataset.panel === "gone") return;
    lost.hidden = false;
    if (error?.message === "anew") find("p", lost).textContent = text("anew");
  }

  const again = () => look().then(follow).catch(miss);
  find("[data-reload]").addEventListener("click", again);
  // A browser opens six connections to one server at most: pages that nobody sees hold none.
  document.addEventListener("visibilitychange", () => (document.hidden ? source?.close() : again()));
  addEventListener("pageshow", event => event.persisted && again());
  addEventListener("pagehide", () => source?.close());
  thank();
  if (!document.hidden) follow();
})();
