#!/bin/sh
# Makes sure that there is a Chromium with its driver for the browser tests, from Debian's packages.
# Where that cannot be, the browser tests report themselves as skipped; in CI that is a failure.
set -eu

say() { printf 'setup: %s\n' "$*" >&2; }

if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing Chromium and its driver from Debian's packages"
    log=$(mktemp)
    if { apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver fonts-liberation; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
fi
if [ "${CI:-}" = true ]; then say "no Chromium and chromedriver, and CI must have them"; exit 1; fi
say "no Chromium and chromedriver here: the browser tests will be skipped (on Debian: sudo apt-get install chromium chromium-driver)"
