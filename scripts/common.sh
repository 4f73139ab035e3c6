# shellcheck shell=bash
# Shared by the scripts of this folder; source it, it runs nothing.

# A make above us must not hand its variables down behind our back: what is wanted is passed on by name.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=${JOBS:-$(nproc)}
as_root=()   # what a script puts before commands that need root
export LC_ALL=C.UTF-8

die() {
    printf 'error: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

say() { printf '== %s\n' "$*"; }

# The first pg_config that has both a server to run and the headers to build for it; fails when there is none.
find_pg_config() {
    local candidate candidates=()
    if [ -n "${PG_CONFIG:-}" ]; then
        candidates=("$PG_CONFIG")
    else
        mapfile -t candidates < <(echo pg_config; printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -rV)
    fi
    for candidate in "${candidates[@]}"; do
        candidate=$(command -v "$candidate") || continue
        # Debian's pg_config is there without a server, and says so on stderr.
        {
            if [ -x "$("$candidate" --bindir)/postgres" ] && [ -f "$("$candidate" --pgxs)" ] &&
                [ -f "$("$candidate" --includedir-server)/postgres.h" ]; then
                echo "$candidate"
                return 0
            fi
        } 2>/dev/null
    done
    return 1
}

# private_server DIR PG_CONFIG: a copy of the server under DIR into which extensions can be installed by anybody.
# PostgreSQL finds its directories relative to its binaries, so copying those is enough; everything else is linked.
# Prints the pg_config of the copy.
private_server() {
    local base=$1 original=$2 option path file
    local bin share lib
    bin=$("$original" --bindir) share=$("$original" --sharedir) lib=$("$original" --pkglibdir)
    rm -rf "${base:?}"
    mkdir -p "$base$bin" "$base$lib" "$base$share/extension"
    cp "$bin"/* "$base$bin/"
    for path in "$lib" "$share" "$share/extension"; do
        for file in "$path"/*; do
            # What the system has installed of ours must not shine through.
            case $file in "$share/extension" | */whisper_migrate*) continue ;; esac
            [ -e "$base$file" ] || ln -s "$file" "$base$file"
        done
    done
    for option in --includedir --includedir-server --pkgincludedir --libdir --localedir; do
        path=$("$original" $option)
        [ -e "$path" ] && [ ! -e "$base$path" ] && mkdir -p "$(dirname "$base$path")" && ln -s "$path" "$base$path"
    done
    echo "$base$bin/pg_config"
    [ "$("$base$bin/pg_config" --sharedir)" = "$base$share" ] && [ "$("$base$bin/pg_config" --pkglibdir)" = "$base$lib" ]
}

# build_module DIR PG_CONFIG [GOAL]...: builds outside of the source directory, so that a checkout stays as it is, and
# a folder at once and with little optimisation, as this costs a quarter of the time. UNITY=no: each file alone, as
# "make" by itself has it.
build_module() {
    mkdir -p "$1"
    "${as_root[@]}" make -C "$1" -f "$root/Makefile" --no-print-directory -j"$jobs" PG_CONFIG="$2" WERROR="${WERROR:-}" \
        UNITY="${UNITY:-yes}" ${CXX:+CXX="$CXX"} BITCODE="${BITCODE:-}" WHISPER_CXXFLAGS="${WHISPER_CXXFLAGS--O1 -g1}" WHISPER_LDFLAGS="${WHISPER_LDFLAGS:-}" "${@:3}"
}
