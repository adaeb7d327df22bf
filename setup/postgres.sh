#!/bin/sh
# Makes sure that there is a PostgreSQL for the tests. They start servers of their own; the one that Debian would make
# and start at every boot is not made.
set -eu
. "$(dirname "$0")/debian.sh"

for folder in /usr/lib/postgresql/*/bin $(printf '%s' "$PATH" | tr ':' ' '); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # Read while the packages are set up, and of no use afterwards.
    settings=/etc/postgresql-common/createcluster.d
    mkdir -p "$settings"
    echo "create_main_cluster = false" >"$settings/merkato.conf"
    trap 'rm -f "$settings/merkato.conf"' EXIT
fi
need PostgreSQL "the tests on it" postgresql
