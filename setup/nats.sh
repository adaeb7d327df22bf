#!/bin/sh
# Makes sure that there is a NATS server for the tests of the outbox.
set -eu
. "$(dirname "$0")/debian.sh"

# Debian puts it where not every user's PATH leads.
PATH=$PATH:/usr/sbin
if command -v nats-server >/dev/null; then exit 0; fi
need "NATS server" "the tests of its sink" nats-server
