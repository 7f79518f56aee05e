# Shared by the launchers: finds .NET and oneDNN and builds what is missing. POSIX sh; source it with $root set.
# The tools of .NET take up settings from where they stand and from the folders above: an SDK's path in a global.json, targets,
# options. They are therefore only called from $root, which has its own of each. The program itself reads none, and runs where the
# user stands.

DOTNET_CLI_TELEMETRY_OPTOUT=1
DOTNET_NOLOGO=1
DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO DOTNET_SKIP_FIRST_TIME_EXPERIENCE

output=$root/src/Concord.Cli/bin/Release/net10.0
program=$output/Concord.Cli.dll

say() { printf '%s\n' "$*" >&2; }

find_dotnet() {
    for dotnet in "$(command -v dotnet || :)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
        case $dotnet in
            /*) [ -x "$dotnet" ] && return 0 ;;
            */*) [ -x "$dotnet" ] && dotnet=$PWD/$dotnet && return 0 ;;
        esac
    done
    say "Concord needs the .NET SDK 10 or newer, and found no dotnet. Get it from https://dotnet.microsoft.com/download, or with:"
    say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
    exit 1
}

in_root() { (cd "$root" && "$@"); }

need_sdk() {
    sdks=$(in_root "$dotnet" --list-sdks)
    printf '%s\n' "$sdks" | grep -Eq '^[1-9][0-9]+\.' && return 0
    say "Concord needs the .NET SDK 10 or newer; $dotnet has $(printf '%s' "$sdks" | sed 's/ .*//' | tr '\n' ' '). Get it from https://dotnet.microsoft.com/download, or with:"
    say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
    exit 1
}

# sdk COMMAND...: a command of the SDK that $root asks for, in the folder that the user stands in.
sdk() {
    version=$(in_root "$dotnet" --version)
    place=$(in_root "$dotnet" --list-sdks | sed -n "s/^$version \\[\\(.*\\)\\]\$/\\1/p")
    "$dotnet" "$place/$version/dotnet.dll" "$@"
}

# Where files may not grow large, the runtime cannot keep its code in memory twice, as it does to write it here and run it there.
fit_limits() {
    [ "$(ulimit -f)" = unlimited ] && return 0
    DOTNET_EnableWriteXorExecute=0
    export DOTNET_EnableWriteXorExecute
}

# oneDNN makes products faster and is not needed. Tried once; what comes of it is no obstacle.
find_onednn() {
    [ -e "$output/.onednn" ] || [ -n "${CONCORD_NO_INSTALL:-}" ] || [ -n "${CONCORD_DNNL:-}" ] && return 0
    mkdir -p "$output"
    : > "$output/.onednn"
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libdnnl\.so' && return 0
    command -v apt-get >/dev/null || return 0
    if [ "$(id -u)" = 0 ]; then
        say "Installing libdnnl2 (oneDNN), which makes matrix products faster; CONCORD_NO_INSTALL=1 leaves it out ..."
        install_onednn || { quietly apt-get update; install_onednn; } || say "It could not be installed. The managed engine runs instead."
    else
        say "Matrix products are faster with oneDNN. To have it: sudo apt-get install -y libdnnl2"
    fi
}

install_onednn() { quietly apt-get install -y --no-install-recommends libdnnl2; }

# The tests look at reports in a browser where there is one. Tried once, as oneDNN is.
find_browser() {
    [ -e "$output/.browser" ] || [ -n "${CONCORD_NO_INSTALL:-}" ] || [ -n "${CONCORD_BROWSER:-}" ] && return 0
    mkdir -p "$output"
    : > "$output/.browser"
    [ -x /usr/bin/chromium ] || [ -x /usr/bin/chromium-browser ] || [ -x /usr/bin/google-chrome ] && return 0
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 0
    say "Installing Chromium, in which a test looks at reports; CONCORD_NO_INSTALL=1 leaves it out ..."
    install_browser || { quietly apt-get update; install_browser; } || say "It could not be installed. That test is skipped."
}

install_browser() { quietly apt-get install -y --no-install-recommends chromium; }

quietly() {
    limit=
    command -v timeout >/dev/null && limit='timeout 120'
    DEBIAN_FRONTEND=noninteractive $limit "$@" </dev/null >/dev/null 2>&1
}

# is_fresh STAMP FOLDER...: whether no source in the folders is newer than the stamp.
is_fresh() {
    stamp=$1
    shift
    [ -e "$stamp" ] || return 1
    [ -z "$(find "$@" "$root"/Directory.* "$root/global.json" "$root/.editorconfig" \( -name obj -o -name bin \) -prune -o -type f -newer "$stamp" -print | head -n 1)" ]
}

# build_if_stale STAMP PROJECT FOLDER...: builds one at a time, however many launchers were started at once.
build_if_stale() {
    built=$1
    project=$2
    shift 2
    is_fresh "$built" "$@" && return 0
    need_sdk
    mkdir -p "$output"
    exec 9> "$output/.building"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_fresh "$built" "$@"; then
        say "Building Concord ..."
        log=$(mktemp)
        touch "$log.begun"   # what changes while it builds is newer than the build
        if ! in_root "$dotnet" build "$project" -c Release -nologo -v q --disable-build-servers </dev/null >"$log" 2>&1; then
            cat "$log" >&2
            rm -f "$log" "$log.begun"
            say "The build failed."
            exit 1
        fi
        mkdir -p "$(dirname "$built")"
        mv "$log.begun" "$built"
        rm -f "$log"
    fi
    exec 9>&-
}
