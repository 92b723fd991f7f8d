#!/usr/bin/env bash
# shellcheck shell=bash
# shellcheck disable=SC2034 # some variables are used only by the files that are sourced
# Installs, upgrades or removes a daemon as a service: a launchd daemon on a Mac, a systemd unit on Linux. deploy/install-coordinator.sh and
# deploy/install-worker.sh run it. Compatible with bash 3.2, the version on macOS.
#
# Two variables are for tests: MLXVIDEO_DEPLOY_SYSTEM replaces the system's name (Darwin or Linux), and MLXVIDEO_DEPLOY_ROOT is put in front
# of all paths outside the home folder.
set -euo pipefail

role=$1 # coordinator or worker
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
checkout=$(cd "$here/.." && pwd)
system=${MLXVIDEO_DEPLOY_SYSTEM:-$(uname -s)}
root=${MLXVIDEO_DEPLOY_ROOT:-}
script="deploy/install-$role.sh"
action=install
purge=
dry=
reconfigure=
changed=    # whether anything was written
settings=   # lines of a key, a tab and the JSON value
given=      # the first option that is a setting
listen=127.0.0.1
trusted=
model=
model_repo=
fetch=
ready_timeout=900
fetch_timeout=14400 # a model of 60 GB over a connection of 4 MB/s
given_timeout=

say() { printf '%s: %s\n' "install-$role" "$*" >&2; }
fail() { say "$*"; exit 1; }
reject() { say "$*"; exit 2; } # unusable arguments

# shellcheck source=/dev/null
. "$here/lib/arguments.sh"
# shellcheck source=/dev/null
. "$here/lib/files.sh"
# shellcheck source=/dev/null
. "$here/lib/service.sh"

# --- the system -----------------------------------------------------------------------------------------------------

locate() { # sets the paths of the program, the data, the service and the log
    case "$role" in
        coordinator) executable=MlxVideo.Coordinator stop_timeout=70 ;;
        *) executable=MlxVideo.Worker stop_timeout=130 ;; # longer than the service's own limit
    esac
    case $system in
        Darwin)
            label="org.mlxvideo.$role"
            program="$HOME/Library/Application Support/MlxVideo/$role"
            data="$HOME/Library/Application Support/MlxVideo/data/$role"
            log="$HOME/Library/Logs/MlxVideo/$role.log"
            service_file="$root/Library/LaunchDaemons/$label.plist"
            log_service_file="$root/Library/LaunchDaemons/$label.log.plist"
            ;;
        Linux)
            label="mlx-video-$role"
            program="$root/opt/mlx-video/$role"
            data="$root/var/lib/mlx-video/$role"
            service_file="$root/etc/systemd/system/$label.service"
            ;;
        *) fail "this system is $system; the $role can be installed on macOS and Linux" ;;
    esac
    link="$HOME/.local/bin/mlx-video"
}


require_system() {
    if [ "$system" = Darwin ]; then
        ! is_root || fail "run this without sudo, as the user for whom the $role runs: Homebrew refuses root, and sudo is used where needed"
    else
        command -v systemctl >/dev/null || fail "this machine has no systemd; start the $role with ./mlx-video $role"
        is_root || command -v sudo >/dev/null || fail "run this as root, or install sudo"
    fi
}

# --- installing -----------------------------------------------------------------------------------------------------

version_of_checkout() { # changes with every source file, also in a checkout without git
    local number
    number=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$checkout/Directory.Build.props")
    printf '%s-%s\n' "$number" "$(cd "$checkout" \
        && find src build Directory.* global.json deploy/lib/rotate-log.sh -type f ! -path '*/obj/*' ! -path '*/bin/*' -print0 \
        | LC_ALL=C sort -z | xargs -0 cksum | cksum | cut -d ' ' -f 1)"
}

installed_version() { basename "$(readlink "$program/current" 2>/dev/null || true)"; }

publish_project() { # the project, the folder, and a property or nothing
    local platform=linux-x64
    [ "$system" != Darwin ] || platform=osx-arm64
    run "$checkout/mlx-video" dotnet publish "$checkout/src/$1" -c Release -r "$platform" --self-contained -o "$2" --nologo -v quiet \
        ${3:+"$3"}
}

publish() { # builds the program with its runtime into a folder of its version
    local staging="$checkout/artifacts/deploy/$role" target="$program/$version"
    if exists "$target"; then return; fi
    [ -n "$dry" ] || say "building version $version"
    run "$checkout/mlx-video" setup
    run rm -rf "$staging"
    # Petabridge.Cmd is freeware that not every package source has.
    local pbm=-p:PetabridgeCmd=true
    if ! run "$checkout/mlx-video" dotnet restore "$checkout/src/Pbm" "$pbm" -v quiet; then
        say "the packages of Petabridge.Cmd can't be restored: this $role has no port for pbm; use 'mlx-video farm' instead"
        pbm=
    fi
    publish_project "${executable#MlxVideo.}" "$staging" "$pbm"
    [ "$role" != coordinator ] || publish_project Cli "$staging/cli"
    run cp "$here/lib/rotate-log.sh" "$staging/rotate-log.sh"
    # Complete or absent: an interrupted copy has another name.
    run_as_owner mkdir -p "$program"
    run_as_owner rm -rf "$target.partial"
    run_as_owner cp -R "$staging" "$target.partial"
    [ "$system" = Darwin ] || run_as_root chmod -R go+rX "$program" # whatever the umask is
    run_as_owner mv "$target.partial" "$target"
    run rm -rf "$staging"
}

without_token() { sed '/^ *"Token":/d'; }

configuration() { # the sample, in which the given settings replace their comments
    local section=Worker
    [ "$role" = worker ] || section=Coordinator
    SETTINGS=$settings SECTION=$section awk '
        BEGIN {
            count = split(ENVIRON["SETTINGS"], lines, "\n")
            for (i = 1; i <= count; i++)
                if ((at = index(lines[i], "\t")) > 0)
                    value[substr(lines[i], 1, at - 1)] = substr(lines[i], at + 1)
        }
        /^  "/ { split($0, parts, "\""); section = parts[2] }
        section == ENVIRON["SECTION"] && /^    \/\/ "/ {
            split($0, parts, "\"")
            if (parts[2] in value) {
                print "    \"" parts[2] "\": " value[parts[2]] ","
                next
            }
        }
        { print }' "$here/appsettings.$role.json"
}

configure() {
    local file="$data/appsettings.json" text old
    if exists "$file" && [ -z "$given" ]; then return; fi
    text=$(configuration)
    if exists "$file"; then
        old=$(text_of "$file")
        # Comments come and go with versions.
        [ "$(printf '%s\n' "$old" | active_lines)" != "$(printf '%s\n' "$text" | active_lines)" ] || return 0
        if [ -z "$reconfigure" ]; then
            # A new token does not change what the owner has chosen.
            [ "$(printf '%s\n' "$old" | active_lines | without_token)" = "$(printf '%s\n' "$text" | active_lines | without_token)" ] \
                || reject "$file has other settings; edit it and run this without settings, or add --reconfigure to replace it"
        else
            run_as_owner cp -p "$file" "$file.old"
        fi
    fi
    write owner 600 "$file" "$text"
}

require_configuration() { # before anything is built or changed
    ! exists "$data/appsettings.json" || return 0
    if [ "$action" != install ] || [ "$role" != worker ]; then return; fi
    [ -n "$model$model_repo$fetch" ] || reject "--model FOLDER is missing: the folder with the model's files, or use --fetch-models"
}

prepare_folders() {
    if [ "$system" = Darwin ]; then
        [ -d "$data" ] || { run mkdir -p "$data"; run chmod 700 "$data"; }
        [ -d "$(dirname "$log")" ] || run mkdir -p "$(dirname "$log")"
        [ -e "$log" ] || run touch "$log" # so that it belongs to the user, whoever opens it first
        return
    fi
    id -u mlx-video >/dev/null 2>&1 \
        || run_as_root useradd --system --user-group --no-create-home --home-dir /var/lib/mlx-video --shell /usr/sbin/nologin mlx-video
    exists "$data" || run_as_root install -d -m 700 -o mlx-video -g mlx-video "$data"
    if [ -n "$model" ] && [ -z "$dry" ] && ! as_root runuser -u mlx-video -- test -r "$model/."; then
        reject "the user mlx-video can't read $model; move it, for example to /srv/models, or permit it with chmod o+rx"
    fi
}

create_farm() { # the certificates; the first operator's token is stored for the user who installs
    if [ "$role" != coordinator ] || [ -n "$trusted" ]; then return; fi
    case $listen in 127.* | ::1) return ;; esac
    if exists "$data/security/ca.crt"; then return; fi
    [ -n "$dry" ] || say "creating the farm's certificates"
    if [ "$system" = Darwin ]; then
        run "$program/$version/cli/MlxVideo.Cli" farm init --data "$data"
    else
        run_as_root chown "$(id -un)" "$data"
        run "$program/$version/cli/MlxVideo.Cli" farm init --data "$data"
        run_as_root chown -R mlx-video:mlx-video "$data"
    fi
}

install_service() {
    if [ "$system" = Darwin ]; then
        write root 644 "$service_file" "$(fill "$here/launchd/$label.plist")"
        write root 644 "$log_service_file" "$(fill "$here/launchd/org.mlxvideo.log.plist")"
        if ! launchctl print "system/$label.log" >/dev/null 2>&1; then
            run_as_root launchctl bootstrap system "$log_service_file"
        fi
    else
        local before=$changed
        changed=
        write root 644 "$service_file" "$(cat "$here/systemd/$label.service")"
        [ -z "$changed" ] || run_as_root systemctl daemon-reload
        changed=$changed$before
    fi
}

switch_to() { # a version
    run_as_owner ln -sfn "$1" "$program/current"
}

remove_older() { # keeps the new version and the one before it
    local folder
    for folder in "$program"/*; do
        case $(basename "$folder") in
            current | "$version" | "$1" | '*') ;;
            *) run_as_owner rm -rf "$folder" ;;
        esac
    done
}

install_role() {
    local old
    require_configuration
    version=$(version_of_checkout)
    old=$(installed_version)
    [ "$action" = install ] || [ -n "$old" ] || reject "no $role is installed here; run $script without --upgrade"
    publish
    prepare_folders
    configure
    create_farm
    if [ -z "$changed" ] && [ "$old" = "$version" ] && is_running && ! needs_service; then
        say "version $version is installed and running; nothing was changed"
        return
    fi
    stop
    install_service
    [ "$old" = "$version" ] || switch_to "$version"
    start
    if ! becomes_ready; then
        if [ -z "$old" ] || [ "$old" = "$version" ]; then
            fail "the $role is installed but not ready; correct $data/appsettings.json, then run $script again"
        fi
        say "going back to version $old"
        stop
        switch_to "$old"
        start
        becomes_ready || fail "version $old is not ready either; its output is above"
        fail "version $version did not start; version $old is running again"
    fi
    remove_older "$old"
    local cli="$program/current/cli/MlxVideo.Cli"
    if [ "$role" = coordinator ] && [ "$(readlink "$link" || true)" != "$cli" ]; then
        run mkdir -p "$(dirname "$link")"
        run ln -sfn "$cli" "$link"
    fi
    [ -n "$dry" ] || say "version $version is ready"
}

needs_service() { # whether the service's files are missing or outdated
    if [ "$system" = Darwin ]; then
        [ "$(text_of "$service_file")" != "$(fill "$here/launchd/$label.plist")" ] \
            || [ "$(text_of "$log_service_file")" != "$(fill "$here/launchd/org.mlxvideo.log.plist")" ]
    else
        [ "$(text_of "$service_file")" != "$(cat "$here/systemd/$label.service")" ]
    fi
}

# --- removing -------------------------------------------------------------------------------------------------------

remove_file() { # a file or folder of the owner
    if exists "$1" || [ -L "$1" ]; then run_as_owner rm -rf "$1"; fi
}

uninstall() {
    stop
    if [ "$system" = Darwin ]; then
        if launchctl print "system/$label.log" >/dev/null 2>&1; then run_as_root launchctl bootout "system/$label.log"; fi
        [ ! -e "$service_file" ] || run_as_root rm -f "$service_file"
        [ ! -e "$log_service_file" ] || run_as_root rm -f "$log_service_file"
    elif [ -e "$service_file" ]; then
        run_as_root systemctl disable --quiet "$label"
        run_as_root rm -f "$service_file"
        run_as_root systemctl daemon-reload
    fi
    if [ "$role" = coordinator ] && [ "$(readlink "$link" || true)" = "$program/current/cli/MlxVideo.Cli" ]; then run rm -f "$link"; fi
    remove_file "$program"
    if [ -n "$purge" ]; then
        remove_file "$data"
        if [ "$system" = Darwin ]; then
            local file
            for file in "$log" "$log".*; do [ ! -e "$file" ] || run rm -f "$file"; done
        else
            remove_file "$root/var/cache/mlx-video/$role"
        fi
        say "the $role and its data are removed"
    elif exists "$data"; then
        say "the $role is removed; its data is still in $data (--purge deletes it)"
    else
        say "no $role is installed here"
    fi
}

locate
read_arguments "$@"
require_system
if [ "$action" = uninstall ]; then uninstall; else install_role; fi
