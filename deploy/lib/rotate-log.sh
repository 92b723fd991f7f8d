#!/usr/bin/env bash
# shellcheck shell=bash
# Moves the contents of a log above 10 MB (or the given number of bytes) to LOG.1.gz, and older ones to LOG.2.gz ... LOG.5.gz. launchd runs
# it once a day. macOS's own newsyslog can't do this: it renames the file, but a daemon keeps writing to the file that it has opened. Here
# the file keeps its name and is emptied; launchd has opened it for appending, so the daemon continues at its start.
set -euo pipefail

log=$1
limit=${2:-10485760}
kept=5

[ -f "$log" ] || exit 0
[ "$(wc -c < "$log")" -gt "$limit" ] || exit 0
number=$kept
while [ "$number" -gt 1 ]; do
    older=$number
    number=$((number - 1))
    [ ! -f "$log.$number.gz" ] || mv -f "$log.$number.gz" "$log.$older.gz"
done
gzip -c "$log" > "$log.1.gz"
: > "$log"
