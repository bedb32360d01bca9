// What the desk does better with a script; every page works without it.
"use strict";
(() => {
  const root = document.documentElement;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes("desk_zone=")) {
    document.cookie = `desk_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }

  // Countdowns: the server said what time it is for tickets; from there the page counts on by itself.
  const began = Date.now();
  const serverNow = Date.parse(root.dataset.now);
  const deskNow = () => serverNow + (Date.now() - began);
  const span = (ms, words) => {
    const minutes = Math.floor(Math.abs(ms) / 60000);
    const days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60);
    const fill = (key, values) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    if (days >= 3) return fill("days", { days });
    if (days) return fill("daysHours", { days, hours });
    if (hours >= 10) return fill("wholeHours", { hours });
    return hours ? fill("hours", { hours, minutes: minutes % 60 }) : fill("minutes", { minutes });
  };
  const tick = () => {
    for (const due of document.querySelectorAll("[data-due]")) {
      const left = Date.parse(due.dataset.due) - deskNow();
      const told = span(left, root.dataset);
      due.querySelector("[data-told]").textContent =
        (left < 0 ? root.dataset.late : root.dataset.left).replace("{span}", told);
      due.classList.toggle("due-late", left < 0);
      due.classList.toggle("due-soon", left >= 0 && left < 4 * 3600 * 1000);
    }
  };
  if (!Number.isNaN(serverNow)) setInterval(tick, 15000);

  // Everything at once, and how many are chosen.
  const all = document.querySelector("[data-choose-all]");
  const boxes = [...document.querySelectorAll("input[name=key]")];
  const chosen = document.querySelector("[data-chosen]");
  const count = () => { if (chosen) chosen.textContent = String(boxes.filter((box) => box.checked).length); };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); count(); });
    boxes.forEach((box) => box.addEventListener("change", count));
  }

  // Keys: j and k walk a list, x chooses, / searches, the letters of a ticket's actions open them.
  const typing = (at) => at.closest("input, textarea, select, [contenteditable]");
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (Date.now() - going < 1500) { // g was pressed: the next letter says where to
      going = 0;
      const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); return; }
    }
    if (event.key === "g") { going = Date.now(); return; }
    if (event.key === "?") { const settings = document.querySelector('[data-go="s"]'); if (settings) location.assign(`${settings.href}#keys`); return; }
    const rows = [...document.querySelectorAll("a.row-link")];
    const at = rows.indexOf(document.activeElement);
    if (event.key === "j" && rows.length) rows[Math.min(at + 1, rows.length - 1)].focus();
    else if (event.key === "k" && rows.length) rows[Math.max(at - 1, 0)].focus();
    else if (event.key === "x" && at >= 0) document.activeElement.closest(".row").querySelector("input").click();
    else if (event.key === "/") { const box = document.querySelector("input[type=search]"); if (box) { event.preventDefault(); box.focus(); } }
    else {
      const action = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!action) return;
      event.preventDefault();
      if (action.tagName === "SUMMARY") { action.parentElement.open = true; action.focus(); }
      else if (action.tagName === "DETAILS") { action.open = true; action.querySelector("input:not([type=hidden]), textarea, select").focus(); }
      else action.focus();
    }
  });

  // Who else is here, and whether the ticket has changed meanwhile.
  const ticket = document.querySelector("[data-live]");
  if (ticket && window.EventSource) {
    const here = document.querySelector("[data-here]"), changed = document.querySelector("[data-changed]");
    const source = new EventSource(ticket.dataset.live);
    source.addEventListener("here", (event) => {
      const told = JSON.parse(event.data);
      if (told.version === null) { source.close(); return; }
      here.textContent = told.others.map((one) => (one.writing ? here.dataset.writing : here.dataset.viewing).replace("{name}", one.name)).join(" · ");
      if (changed && told.version > Number(ticket.dataset.version)) changed.hidden = false;
    });
    window.addEventListener("pagehide", () => source.close());
    const csrf = document.querySelector("input[name=csrf]");
    let writing = false;
    const say = (now) => {
      if (now === writing || !csrf) return;
      writing = now;
      fetch(ticket.dataset.writing, { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ csrf: csrf.value, writing: now ? "1" : "0" }) }).catch(() => { writing = false; });
    };
    for (const area of document.querySelectorAll("textarea")) {
      area.addEventListener("input", () => say(area.value.trim() !== ""));
      area.addEventListener("blur", () => say(false));
    }
  }

  // Help is fetched when it is asked for; until it is there, grey lines stand where its words will.
  const skeleton = '<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>';
  for (const drawer of document.querySelectorAll("details[data-load]")) {
    const into = drawer.querySelector("[data-into]"), before = into.innerHTML;
    drawer.addEventListener("toggle", async () => {
      if (!drawer.open || drawer.dataset.loaded) return;
      drawer.dataset.loaded = "1";
      into.innerHTML = skeleton;
      into.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(drawer.dataset.load);
        if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
        into.innerHTML = await answer.text(); // our own template, escaped by the server
      } catch {
        into.innerHTML = before;
        into.append(drawer.dataset.failed);
        delete drawer.dataset.loaded;
      }
      into.removeAttribute("aria-busy");
    });
  }

  // A message to the clipboard.
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.querySelector("[data-copied]").value);
      button.textContent = button.dataset.done;
    });
  }

  // A form that was sent is not sent twice by an impatient second click.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    setTimeout(() => { delete event.target.dataset.sent; }, 4000);
  });
})();
