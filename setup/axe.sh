#!/bin/sh
# Makes sure that the browser tests can look for barriers: axe-core, by its registry's own client, into target/.
set -eu
. "$(dirname "$0")/debian.sh"

version=4.14.1
folder=$(cd "$(dirname "$0")/.." && pwd)/target/axe-core
if grep -qs "\"version\": \"$version\"" "$folder/package/package.json"; then exit 0; fi
command -v npm >/dev/null || need npm "the tests of accessibility" npm
command -v npm >/dev/null || exit 0
echo "setup: fetching axe-core $version" >&2
rm -rf "$folder"
mkdir -p "$folder"
if (cd "$folder" && npm pack --silent "axe-core@$version" && tar -xzf "axe-core-$version.tgz") >/dev/null; then exit 0; fi
if [ "${CI:-}" = true ]; then
    echo "setup: no axe-core, and CI must have it" >&2
    exit 1
fi
echo "setup: axe-core could not be fetched: the tests of accessibility will be skipped" >&2
