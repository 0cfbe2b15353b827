// What the page does beyond its plain forms: it says that it saves, it follows changes, it tells when nobody answers.
// Every picture comes from the server; nothing here knows what a choice means.
"use strict";
(() => {
  const find = (selector, from = document) => from.querySelector(selector);
  const text = id => find(`#${id}`).content.textContent;
  const parts = ["pill", "panel", "choice", "figures", "next", "delivery"];
  const lost = find("#lost");
  let address = location.search.includes("after=") ? location.href : "./";
  let busy = false, round = 0, latest, timer, source;

  // ---- showing what the server says ---------------------------------------------------------------------------

  // Without its head: the style in that carries the number of another answer, and is here already.
  const parse = html => new DOMParser().parseFromString(html.slice(html.indexOf("<body>")), "text/html");

  // A button that is replaced between down and up is never clicked: nothing changes under a finger.
  let pressed = 0;
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { pressed = Date.now(); }, true);
  for (const kind of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(kind, () => { pressed = 0; }, true);
  const released = async () => {
    while (Date.now() - pressed < 2000) await new Promise(done => setTimeout(done, 50));
  };

  async function look() {
    const mine = ++round;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.status === 401) throw new Error("anew");
    const fresh = parse(await answer.text());
    await released();
    if (mine === round && !busy && answer.ok) show(fresh, false);
    lost.hidden = true;
  }

  function show(fresh, all) {
    const main = find("main"), now = find("main", fresh);
    const changed = now.dataset.state !== main.dataset.state;
    const open = [...document.querySelectorAll("details[open]")].map(details => details.id);
    const focused = document.activeElement?.id, ticked = find("[name=with_current]")?.checked;
    // What failed stays until the next try, unless somebody else has chosen meanwhile.
    const keep = !all && !changed && ["failed", "gone"].includes(find("#panel").dataset.panel);
    for (const part of parts.filter(part => part !== "panel" || !keep)) {
      const old = find(`#${part}`), next = find(`#${part}`, fresh);
      for (const id of open) find(`#${id}`, next)?.setAttribute("open", "");
      if (old.outerHTML === next.outerHTML) continue;
      old.replaceWith(document.adoptNode(next));
      if (part === "panel") thank();
    }
    Object.assign(main.dataset, now.dataset);
    document.title = main.dataset.title;
    if (ticked && !all && find("[name=with_current]")) find("[name=with_current]").checked = true;
    if (focused && document.activeElement === document.body) find(`#${focused}`)?.focus({ preventScroll: true });
    if (changed) tell(document.title);
  }

  const tell = words => { find("#status").textContent = words; };

  // ---- a choice -----------------------------------------------------------------------------------------------

  async function choose(body, form, button) {
    if (busy) return;
    busy = true;
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
      const fresh = parse(await answer.text());
      address = answer.redirected ? answer.url : "./";
      show(fresh, true);
      lost.hidden = true;
      find("#panel form")?.focus();
    } catch {
      gone(body);
    } finally {
      // What was asked for before the choice was saved is of yesterday.
      round++;
      busy = false;
      catchUp();
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

  // The second half of a double click is no answer: what lies under it by then is another button.
  addEventListener("click", event => {
    if (event.detail > 1 && event.target.closest("button, .button")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  addEventListener("submit", event => {
    event.preventDefault();
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
    const panel = find("#panel"), form = panel.firstElementChild;
    if (panel.dataset.panel !== "saved") return;
    const stay = () => clearTimeout(timer);
    const wait = () => {
      stay();
      timer = setTimeout(dismiss, find("main").dataset.thanks * 1000);
    };
    find("[data-dismiss]", panel).addEventListener("click", dismiss);
    form.addEventListener("pointerenter", stay);
    form.addEventListener("pointerleave", wait);
    // The panel as a whole has the focus when it appears; nobody is at it before that moves on.
    form.addEventListener("focusin", event => event.target !== form && stay());
    form.addEventListener("focusout", wait);
    wait();
  }

  // ---- following ----------------------------------------------------------------------------------------------

  function follow() {
    source?.close();
    source = new EventSource("events");
    source.addEventListener("change", event => {
      latest = event.data;
      catchUp();
    });
    source.onerror = () => miss();
  }

  function catchUp() {
    const current = !latest || latest === find("main").dataset.stamp;
    if (!busy && (!current || !lost.hidden)) look().catch(miss);
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
