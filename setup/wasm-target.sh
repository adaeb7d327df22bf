#!/bin/sh
# Makes sure that this machine can compile for wasm32-wasip2.
#
# On an ordinary machine that is `rustup target add wasm32-wasip2`. Where rustup can fetch nothing, the
# standard library is built once from Debian's source package, into .toolchain/ of this checkout; the only
# things installed outside the checkout are Debian packages. `setup/cargo-wasm` uses what this leaves behind.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
toolchain=$root/.toolchain
target=wasm32-wasip2
# rustup retries a refused download for minutes; a fetch that works starts well within this.
rustup_seconds_max=120

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

rust_has_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]
}

build_from_debian() {
    command -v apt-get >/dev/null || fail "rustup cannot add $target here, and this is not a Debian machine.
       Install the target's standard library ($target) for $(rustc --version) by hand, then try again."
    say "rustup has no $target here; building it once from Debian's Rust sources (two to three minutes)"
    log=$toolchain/setup.log
    mkdir -p "$toolchain"
    {
        as_root apt-get update
        as_root apt-get install -y --no-install-recommends rustc-web rust-web-src rust-web-clippy
    } >"$log" 2>&1 || { tail -n 5 "$log" >&2; fail "Debian's packages rustc-web, rust-web-src and rust-web-clippy could not be installed (whole log: $log)"; }

    # wasi-libc of bookworm knows no wasip2; the one in backports does. It is unpacked here, not installed.
    mirror=$(apt-get indextargets --format '$(SITE)' 'Identifier: Packages' | grep '/debian/*$' | head -n 1)
    . /etc/os-release
    apt=$toolchain/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $VERSION_CODENAME-backports main" >"$apt/sources.list"
    apt_here() {
        apt-get -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
            -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
    }
    (cd "$apt" && apt_here update && apt_here download wasi-libc) >>"$log" 2>&1 \
        || { tail -n 5 "$log" >&2; fail "wasi-libc could not be fetched from $VERSION_CODENAME-backports (whole log: $log)"; }
    dpkg-deb -x "$apt"/wasi-libc_*.deb "$toolchain/wasi-libc"

    version=$(/usr/bin/rustc --version | cut -d' ' -f2)
    host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
    sysroot=$toolchain/sysroot
    rm -rf "$sysroot"
    mkdir -p "$sysroot/lib/rustlib/$target/lib/self-contained"
    ln -s "/usr/lib/rustlib/$host" "$sysroot/lib/rustlib/$host"
    cp "$toolchain"/wasi-libc/usr/lib/$target/*.a "$toolchain"/wasi-libc/usr/lib/$target/*.o \
        "$sysroot/lib/rustlib/$target/lib/self-contained/"
    linker_directory >"$toolchain/linker-directory"

    # A throw-away crate whose only purpose is to make cargo build std for the target.
    std=$toolchain/std
    rm -rf "$std" && mkdir -p "$std/src"
    printf '[package]\nname = "std-for-wasm"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n[profile.release]\npanic = "abort"\n' >"$std/Cargo.toml"
    : >"$std/src/lib.rs"
    say "building the standard library for $target with rustc $version"
    (
        cd "$std"
        # cargo fetches std's own dependencies itself, since Debian ships the library without them.
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 PATH="$(cat "$toolchain/linker-directory"):$PATH" \
            __CARGO_TESTS_ONLY_SRC_ROOT="/usr/src/rustc-$version/library" \
            cargo build --release --target $target -Zbuild-std=std,panic_abort
    ) >>"$log" 2>&1 || { tail -n 15 "$log" >&2; fail "the standard library for $target did not build (whole log: $log)"; }
    cp "$std"/target/$target/release/deps/*.rlib "$sysroot/lib/rustlib/$target/lib/"
    rm -rf "$std" "$apt"

    printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$sysroot" >"$toolchain/rustc"
    chmod +x "$toolchain/rustc"
    say "$target is ready"
}

# rustup's own wasm-ld: Debian's lld 14 is too old for wasi-libc (undefined symbol: __heap_end).
linker_directory() {
    for directory in "$(rustc --print sysroot)"/lib/rustlib/*/bin/gcc-ld "$HOME"/.rustup/toolchains/*/lib/rustlib/*/bin/gcc-ld; do
        if [ -x "$directory/wasm-ld" ]; then echo "$directory"; return; fi
    done
    fail "no wasm-ld found beside rustc; install Rust with rustup (https://rustup.rs) and try again"
}

# MERKATO_WASM_FROM=debian takes the second way at once; it is how that way is tried on a machine that needs it not.
from=${MERKATO_WASM_FROM:-rustup}
command -v cargo >/dev/null || fail "cargo is missing; install Rust with rustup: https://rustup.rs"
if [ -x "$toolchain/rustc" ]; then exit 0; fi
if [ "$from" = rustup ] && rust_has_target; then exit 0; fi
if [ "$from" = rustup ] && command -v rustup >/dev/null; then
    say "adding the target $target with rustup"
    if timeout "$rustup_seconds_max" rustup target add $target >/dev/null 2>&1 && rust_has_target; then exit 0; fi
fi
build_from_debian
