#!/bin/sh
# Makes sure that there is a Chromium with its driver for the browser tests.
set -eu
. "$(dirname "$0")/debian.sh"

if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then exit 0; fi
need "Chromium and its driver" "the browser tests" chromium chromium-driver fonts-liberation
