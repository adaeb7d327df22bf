// Makes the shop smoother where there is JavaScript. Every page works without it.
"use strict";

const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Swaps the element `id` for the one of the same id in `html`; false when the page has none. */
function swap(html, id) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(id);
  const old = document.getElementById(id);
  if (!fresh || !old) return false;
  old.replaceWith(document.adoptNode(fresh));
  return true;
}

/** Tells people who listen to the page what has changed on it. */
function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** A form that was sent stays sent: a second click would send it twice. */
function refuseSecondSubmit() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // After the browser has read the form: a disabled button's own name and value would be left out.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    });
  });
  // The page may come back from the browser's memory.
  addEventListener("pageshow", () => {
    for (const form of document.forms) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });
}

/** Price, stock and the largest quantity follow the chosen variant. */
function followVariant() {
  const form = document.querySelector("form[data-variants]");
  if (!form) return;
  const price = document.getElementById("price");
  const quantity = form.querySelector("input[name=quantity]");
  const show = () => {
    const input = form.querySelector("input[name=sku]:checked");
    const source = input ? input.closest("label") : form.querySelector("select[name=sku]")?.selectedOptions[0];
    if (!source) return;
    const { price: now, before, most } = source.dataset;
    const parts = [document.createTextNode(now)];
    if (before) {
      const old = document.createElement("s");
      old.textContent = before;
      parts.push(old);
    }
    price.replaceChildren(...parts);
    quantity.max = most;
    if (Number(quantity.value) > Number(most)) quantity.value = most;
  };
  form.addEventListener("change", show);
  show();
}

/** A changed quantity is sent at once; its button is for pages without JavaScript. */
function sendQuantities() {
  for (const form of document.querySelectorAll("form[data-send-changes]")) {
    form.querySelector("button[value=update]").hidden = true;
    form.addEventListener("change", () => {
      if (form.reportValidity()) form.requestSubmit();
    });
  }
}

/** Totals follow the address and the shipping method. */
function followTotals() {
  const form = document.querySelector("form[data-totals]");
  if (!form) return;
  const needed = ["name", "line1", "city", "postal_code", "country"].map((name) => `shipping_address.${name}`);
  let asked = 0;
  form.addEventListener("change", async (event) => {
    if (!/^shipping_/.test(event.target.name) || !needed.every((name) => form.elements[name].value.trim())) return;
    const mine = ++asked;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.dataset.totals, { method: "POST", body });
      const html = await answer.text();
      if (mine !== asked || !answer.ok) return;
      for (const id of ["receipt", "shipping-methods"]) swapKeepingFocus(html, id);
      announce(`The total is ${document.querySelector(".sum-total dd").textContent}.`);
    } catch {
      // The button is still there.
    }
  });
}

/** Swaps a part of a page without losing the focus of the shopper. */
function swapKeepingFocus(html, id) {
  const focused = document.activeElement?.id;
  if (swap(html, id) && focused) document.getElementById(focused)?.focus();
}

/** An order that is under way is shown as it stands: the shop answers when something has happened to it. */
async function followOrder() {
  const order = () => document.getElementById("order");
  const headline = () => order().querySelector("h1").textContent;
  while (order()?.dataset.live) {
    // A shop that answers at once, or not at all, is not asked without a pause.
    await later(1500);
    if (document.hidden || order().contains(document.activeElement?.closest("form"))) continue;
    try {
      const address = `${location.pathname}?since=${order().dataset.live}`;
      const answer = await fetch(address, { headers: { accept: "text/html" } });
      if (!answer.ok) continue;
      const html = await answer.text();
      const before = headline();
      // Whoever has begun to fill in a form meanwhile goes on with it.
      if (order().contains(document.activeElement?.closest("form"))) continue;
      swap(html, "order");
      if (headline() !== before) announce(headline());
    } catch {
      // The network comes back, or the shopper does.
    }
  }
}

/** What is worth printing can be. */
function offerPrinting() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

/** A changed choice is sent at once; what is typed waits for its button. */
function sendChoices() {
  for (const form of document.querySelectorAll("form[data-send-choices]")) {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select, [type=checkbox]")) form.requestSubmit();
    });
    // An empty field asks for nothing, and needs no place in the address.
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (!value) formData.delete(name);
    });
  }
}

/** Suggests products below the search box while somebody types: the combobox pattern of WAI-ARIA. */
function suggestProducts() {
  const form = document.querySelector("form[data-suggestions]");
  if (!form) return;
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);

  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ title, address, price }, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.setAttribute("role", "option");
      option.dataset.address = address;
      for (const text of [title, price]) option.append(Object.assign(document.createElement("span"), { textContent: text }));
      return option;
    }));
    choose(null);
    list.hidden = !suggestions.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (suggestions.length) announce(`${suggestions.length} suggestions below the box`);
  };

  let asked = 0;
  input.addEventListener("input", async () => {
    const mine = ++asked;
    await later(150);
    if (mine !== asked) return;
    try {
      const query = new URLSearchParams({ q: input.value.trim() });
      const answer = await fetch(`${form.dataset.suggestions}?${query}`);
      const suggestions = answer.ok ? await answer.json() : [];
      if (mine === asked && document.activeElement === input) show(suggestions);
    } catch {
      // Whoever presses the button is told what is wrong.
    }
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = options();
    const place = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(place + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(place < 1 ? all.length : place) - 1]);
    else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" && place >= 0) location.assign(all[place].dataset.address);
    else return;
    event.preventDefault();
  });
  // A press takes the focus from the box first; so it goes there before the list is gone.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.address);
  });
  input.addEventListener("blur", () => {
    asked += 1;
    show([]);
  });
}

/** A browser that has been here can say so when the network is gone. */
function keepOfflinePage() {
  if (!("serviceWorker" in navigator)) return;
  addEventListener("load", () => {
    navigator.serviceWorker.register("/service-worker.js").catch(() => {
      // Then it says it in its own words.
    });
  });
}

refuseSecondSubmit();
offerPrinting();
followVariant();
sendQuantities();
followTotals();
sendChoices();
suggestProducts();
keepOfflinePage();
followOrder();
