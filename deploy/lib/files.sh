#!/usr/bin/env bash
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with install.sh, which sources this file
# Commands and files of the installation; in a dry run, they are only printed.

is_root() { [ "$(id -u)" = 0 ]; }

quoted() { # a command as it would be typed
    local word
    for word in "$@"; do
        case $word in
            '' | *[!A-Za-z0-9_./:=@%+,-]*) printf "'%s' " "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")" ;;
            *) printf '%s ' "$word" ;;
        esac
    done
}

run() { # a command that changes something
    local command
    if [ -n "$dry" ]; then
        command=$(quoted "$@")
        printf '%s\n' "${command% }"
    else
        "$@"
    fi
}

as_root() { if is_root; then "$@"; else sudo "$@"; fi; }

run_as_root() { if is_root; then run "$@"; else run sudo "$@"; fi; }

run_as_owner() { # a command on the program or the data, which belong to the user on a Mac
    if [ "$system" = Darwin ]; then run "$@"; else run_as_root "$@"; fi
}

exists() { # also in folders that only the service's user can read
    if [ "$system" = Darwin ] || is_root; then [ -e "$1" ]; else [ -e "$1" ] || sudo test -e "$1"; fi
}

text_of() { if [ -r "$1" ]; then cat "$1"; elif exists "$1"; then as_root cat "$1"; fi; }

active_lines() { sed -e '/^ *\/\//d' -e '/^ *$/d'; } # without comments of JSON

write() { # 'root' or 'owner', the mode, the file and its text
    local temporary
    [ "$(text_of "$3")" != "$4" ] || return 0
    changed=yes
    if [ -n "$dry" ]; then
        printf 'write %s, mode %s:\n' "$3" "$2"
        printf '%s\n' "$4" | active_lines | sed 's/^/    /'
        return
    fi
    temporary=$(mktemp)
    printf '%s\n' "$4" > "$temporary"
    if [ "$1" = root ]; then as_root install -m "$2" "$temporary" "$3"
    elif [ "$system" = Darwin ]; then install -m "$2" "$temporary" "$3"
    else as_root install -m "$2" -o mlx-video -g mlx-video "$temporary" "$3"
    fi
    rm -f "$temporary"
}

fill() { # a template, whose marks are replaced
    USER_NAME=$(id -un) PROGRAM=$program DATA=$data LOG=${log:-} LABEL="$label.log" HOME_FOLDER=$HOME awk '
        function xml(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
        function put(line, mark, value,   at, done) {
            while ((at = index(line, mark)) > 0) {
                done = done substr(line, 1, at - 1) xml(value)
                line = substr(line, at + length(mark))
            }
            return done line
        }
        {
            line = put($0, "@USER@", ENVIRON["USER_NAME"])
            line = put(line, "@PROGRAM@", ENVIRON["PROGRAM"])
            line = put(line, "@DATA@", ENVIRON["DATA"])
            line = put(line, "@LOG@", ENVIRON["LOG"])
            line = put(line, "@LABEL@", ENVIRON["LABEL"])
            print put(line, "@HOME@", ENVIRON["HOME_FOLDER"])
        }' "$1"
}
