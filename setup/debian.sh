# Sourced by the scripts beside it.

# need WHAT WHICH_TESTS PACKAGE...: installs WHAT from Debian's packages. Where that cannot be, WHICH_TESTS report
# themselves as skipped; in CI that is a failure.
need() {
    what=$1 tests=$2
    shift 2
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "setup: installing $what from Debian's packages" >&2
        log=$(mktemp)
        if { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
            rm -f "$log"
            return
        fi
        tail -n 5 "$log" >&2
        rm -f "$log"
    fi
    if [ "${CI:-}" = true ]; then
        echo "setup: no $what, and CI must have it" >&2
        return 1
    fi
    echo "setup: no $what here: $tests will be skipped (on Debian: sudo apt-get install $*)" >&2
}
