#!/bin/sh
# Makes sure that there is a NATS server for the tests of the outbox, from Debian's packages.
# Where that cannot be, these tests report themselves as skipped; in CI that is a failure.
set -eu

say() { printf 'setup: %s\n' "$*" >&2; }

# Debian puts it where not every user's PATH leads.
PATH=$PATH:/usr/sbin
if command -v nats-server >/dev/null; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing a NATS server from Debian's packages"
    log=$(mktemp)
    if { apt-get update && apt-get install -y --no-install-recommends nats-server; } >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
fi
if [ "${CI:-}" = true ]; then say "no nats-server, and CI must have it"; exit 1; fi
say "no nats-server here: its tests will be skipped (on Debian: sudo apt-get install nats-server)"
