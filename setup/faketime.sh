#!/bin/sh
# Makes sure that the tests can set a program's clock.
set -eu
. "$(dirname "$0")/debian.sh"

for library in /usr/lib/*/faketime/libfaketime.so.1; do
    if [ -e "$library" ]; then exit 0; fi
done
need "libfaketime" "the tests of clocks that jump" libfaketime
