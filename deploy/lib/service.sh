#!/usr/bin/env bash
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with install.sh, which sources this file
# The service: a launchd daemon or a systemd unit.

is_loaded() {
    if [ "$system" = Darwin ]; then launchctl print "system/$label" >/dev/null 2>&1
    else systemctl is-enabled --quiet "$label" 2>/dev/null || is_running
    fi
}

is_running() { # grep reads to the end, because a broken pipe would count as a failure
    if [ "$system" = Darwin ]; then launchctl print "system/$label" 2>/dev/null | grep '^[[:space:]]*pid = ' >/dev/null
    else systemctl is-active --quiet "$label" 2>/dev/null
    fi
}

stop() { # SIGTERM: a worker stops its stage between two steps and leaves the farm
    local waited=0
    is_loaded || return 0
    if [ "$system" != Darwin ]; then
        run_as_root systemctl stop "$label"
        return
    fi
    if is_running; then
        [ -n "$dry" ] || say "stopping the $role"
        run_as_root launchctl kill SIGTERM "system/$label"
        [ -z "$dry" ] || echo "# until the $role has ended, at most $stop_timeout s"
        while [ -z "$dry" ] && is_running; do
            [ "$waited" -lt "$stop_timeout" ] || { say "the $role does not end, and is killed"; break; }
            sleep 1
            waited=$((waited + 1))
        done
    fi
    run_as_root launchctl bootout "system/$label"
}

start() {
    [ -n "$dry" ] || say "starting the $role"
    if [ "$system" = Darwin ]; then
        log_start=$(wc -c 2>/dev/null < "$log" || echo 0)
        run_as_root launchctl enable "system/$label"
        run_as_root launchctl bootstrap system "$service_file"
    else
        run_as_root systemctl enable --quiet "$label"
        run_as_root systemctl restart "$label"
    fi
}

new_output() { # of the daemon since its last start
    if [ "$system" = Darwin ]; then tail -c "+$((log_start + 1))" "$log" 2>/dev/null
    else
        as_root journalctl --quiet --output cat --unit "$label" \
            "_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value "$label")"
    fi
}

has_failed() { # whether the daemon has ended with an error since its last start; the system may already be starting it again
    if [ "$system" = Darwin ]; then launchctl print "system/$label" 2>/dev/null | grep '^[[:space:]]*last exit code = [1-9]' >/dev/null
    else [ "$(systemctl show --property Result --value "$label")" != success ]
    fi
}

becomes_ready() {
    local waited=0
    if [ -n "$dry" ]; then
        echo "# until the $role is ready, at most $ready_timeout s"
        return
    fi
    while ! new_output | grep '^ready ' >/dev/null; do
        if has_failed || [ "$waited" -ge "$ready_timeout" ]; then
            say "the $role did not become ready; the end of its output:"
            new_output | tail -n 8 >&2
            return 1
        fi
        sleep 1
        waited=$((waited + 1))
    done
}
