// Shows a page of the shop's own when the network is gone. It keeps that page and its style sheets, and nothing else.
// The shop puts two lines before this: PAGE, its address, and SHEETS, those of its style sheets.
"use strict";

const KEPT = `offline ${SHEETS.join(" ")}`;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll([PAGE, ...SHEETS])));
  skipWaiting();
});

addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop));
});

addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  if (mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match(PAGE)));
  } else if (SHEETS.some((sheet) => url.endsWith(sheet))) {
    event.respondWith(caches.match(url).then((kept) => kept ?? fetch(event.request)));
  }
});
