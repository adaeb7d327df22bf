#!/bin/sh
# Makes sure that there is a PostgreSQL for the tests, from Debian's packages. The tests start servers of their own;
# the one that Debian would make and start at every boot is not made.
# Where that cannot be, the tests on PostgreSQL report themselves as skipped; in CI that is a failure.
set -eu

say() { printf 'setup: %s\n' "$*" >&2; }

for folder in /usr/lib/postgresql/*/bin $(printf '%s' "$PATH" | tr ':' ' '); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then exit 0; fi
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing PostgreSQL from Debian's packages"
    log=$(mktemp)
    # Read while the packages are set up, and of no use afterwards.
    settings=/etc/postgresql-common/createcluster.d
    mkdir -p "$settings"
    echo "create_main_cluster = false" >"$settings/merkato.conf"
    if { apt-get update && apt-get install -y --no-install-recommends postgresql; } >"$log" 2>&1; then
        rm -f "$log" "$settings/merkato.conf"
        exit 0
    fi
    rm -f "$settings/merkato.conf"
    tail -n 5 "$log" >&2
fi
if [ "${CI:-}" = true ]; then say "no PostgreSQL, and CI must have it"; exit 1; fi
say "no PostgreSQL here: the tests on it will be skipped (on Debian: sudo apt-get install postgresql)"
