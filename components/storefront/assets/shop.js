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

refuseSecondSubmit();
offerPrinting();
followVariant();
sendQuantities();
followTotals();
followOrder();
