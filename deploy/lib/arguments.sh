#!/usr/bin/env bash
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables are shared with install.sh, which sources this file
# Help and arguments of the installation.

usage_of_settings() {
    if [ "$role" = worker ]; then
        cat <<'USAGE'
  --join HOST[:PORT]     the coordinator's cluster address; without it, the worker searches the local network for its farm's coordinator
  --model FOLDER         model folder (this, --model-repo or --fetch-models is required for a new installation)
  --model-repo NAME      model in the Hugging Face cache of this user, on a Mac (docs/models.md)
  --checkpoint-path FILE checkpoint file, for a model folder with several
  --text-encoder-path FOLDER
                         folder with the text encoder; the one in the model folder by default
  --text-encoder-repo NAME
                         text encoder in the Hugging Face cache of this user, on a Mac
  --fetch-models         fetches the model from workers in the farm, into the data folder; the script waits for up to four hours
  --model-name NAME      name or digest of the model to fetch, if the farm has several
  --api-port PORT        TCP port of the coordinator's API, for --fetch-models in a farm without certificates; 8080 by default
  --token TOKEN          token from 'farm token'; not needed on the coordinator's own loopback address
  --name NAME            display name; the machine's name by default
  --listen ADDRESS       IP address that the coordinator can reach; found automatically by default
  --cluster-port PORT    TCP port of the worker's node; a free one by default
  --trusted-network      uses no certificate (docs/security.md)
  --hours HH:MM-HH:MM    hours during which this machine may work
  --tags TAGS            comma-separated tags that clips can require
  --link GBITS           speed of the connection to the coordinator in Gbit/s
  --keep-awake           keeps this Mac awake while it runs a stage
  --threads N            CPU threads of the engine
  --weight-memory GIB    memory limit for weights
  --device NAME          auto, cpu, mps or cuda
  --dtype NAME           auto, float32 or bfloat16
  --kernels NAME         auto, plain, metal-safe or metal-fast
  --blob-quota SIZE      maximum size of the artefacts kept for later stages, such as 50GB
USAGE
    else
        cat <<'USAGE'
  --listen ADDRESS       IP address on which workers and clients reach the coordinator; 127.0.0.1 by default. For any other address, the
                         farm's certificates are created.
  --cluster-port PORT    TCP port on which workers join; 4053 by default
  --http-port PORT       TCP port of the API; 8080 by default
  --trusted-network      uses no certificates (docs/security.md)
  --keep-results LIMIT   how long (30d) or up to what size (500GB) finished clips are kept
  --blob-quota SIZE      maximum size of the stored artefacts and clips, such as 200GB
USAGE
    fi
}

usage() {
    cat <<USAGE
Usage: $script [settings]        installs the $role and starts it
       $script --upgrade         replaces the program with this checkout's; restores the old one if the new one does not start
       $script --uninstall       stops the $role and removes it, except its data

Settings of a new installation, written to appsettings.json in the data folder:
$(usage_of_settings)

Options:
  --reconfigure          replaces an existing appsettings.json, of which appsettings.json.old is kept
  --purge                with --uninstall: also deletes the data, such as certificates and clips
  --ready-timeout N      seconds that the $role may take to start; $ready_timeout by default
  --dry-run              prints the commands instead of running them
  --help                 prints this text

Exit codes: 0 done, 1 failed, 2 unusable arguments.
USAGE
}

json_string() { # the value as a JSON string
    local text=$1
    case $text in
        *[[:cntrl:]]*) reject "the value '$text' contains a control character" ;;
    esac
    printf '"%s"' "$(printf '%s' "$text" | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

set_key() { # the option, the key and its JSON value
    [ -n "$given" ] || given=$1
    settings="$settings$2	$3
"
}

number_of() { # the option, its value, and whether fractions are allowed
    case $2 in
        '' | . | *[!0-9.]* | *.*.*) reject "$1 $2 is not a number" ;;
        *.*) [ "$3" = fraction ] || reject "$1 $2 is not a whole number" ;;
    esac
}

port_of() {
    number_of "$1" "$2" whole
    if [ ${#2} -gt 5 ] || [ "$2" -gt 65535 ]; then reject "$1 $2 is not a TCP port; use a number from 0 to 65535"; fi
}

address_of() {
    case $2 in
        auto) [ "$role" = worker ] || reject "$1 auto is only for workers; use an IP address of this machine" ;;
        '' | *[!0-9a-fA-F.:]*) reject "$1 $2 is not an IP address; use one such as 192.168.1.10" ;;
    esac
}

join_of() {
    case $2 in
        '' | :* | *[[:space:]]* | */*) reject "$1 '$2' is not an address; use HOST or HOST:PORT, such as 192.168.1.10:4053" ;;
    esac
}

model_of() {
    [ -d "$2" ] || reject "$1 $2 is not a folder; use the folder with the model's files"
    model=$(cd "$2" && pwd)
    if [ "$system" = Darwin ]; then
        case $model/ in
            "$HOME"/Desktop/* | "$HOME"/Documents/* | "$HOME"/Downloads/*)
                reject "$1 $model is in a folder that macOS keeps services out of; move it, for example to $HOME/models" ;;
        esac
    fi
}

path_of() { # an option and a file or folder
    [ -e "$2" ] || reject "$1 $2 does not exist"
    path=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
}

repository_of() { # the cache belongs to a user; services on Linux run as another one
    [ "$system" = Darwin ] || reject "$1 is only for Macs; on Linux, give the folder of the downloaded files"
}

read_setting() { # an option and its value; returns 1 if the role has no such option
    case "$role $1" in
        'worker --join') join_of "$1" "$2"; set_key "$1" Join "$(json_string "$2")" ;;
        'worker --token') set_key "$1" Token "$(json_string "$2")" ;;
        'worker --model') model_of "$1" "$2"; set_key "$1" Model "$(json_string "$model")" ;;
        'worker --model-repo') repository_of "$1"; model_repo=$2; set_key "$1" ModelRepo "$(json_string "$2")" ;;
        'worker --checkpoint-path') path_of "$1" "$2"; set_key "$1" CheckpointPath "$(json_string "$path")" ;;
        'worker --text-encoder-path') path_of "$1" "$2"; set_key "$1" TextEncoderPath "$(json_string "$path")" ;;
        'worker --text-encoder-repo') repository_of "$1"; set_key "$1" TextEncoderRepo "$(json_string "$2")" ;;
        'worker --model-name') set_key "$1" ModelName "$(json_string "$2")" ;;
        'worker --api-port') port_of "$1" "$2"; set_key "$1" ApiPort "$2" ;;
        'worker --name') set_key "$1" Name "$(json_string "$2")" ;;
        'worker --hours') set_key "$1" Hours "$(json_string "$2")" ;;
        'worker --tags') set_key "$1" Tags "$(json_string "$2")" ;;
        'worker --device') set_key "$1" Device "$(json_string "$2")" ;;
        'worker --dtype') set_key "$1" Dtype "$(json_string "$2")" ;;
        'worker --kernels') set_key "$1" Kernels "$(json_string "$2")" ;;
        'worker --link') number_of "$1" "$2" fraction; set_key "$1" Link "$2" ;;
        'worker --threads') number_of "$1" "$2" whole; set_key "$1" Threads "$2" ;;
        'worker --weight-memory') number_of "$1" "$2" fraction; set_key "$1" WeightMemory "$2" ;;
        'coordinator --http-port') port_of "$1" "$2"; set_key "$1" HttpPort "$2" ;;
        'coordinator --keep-results') set_key "$1" KeepResults "$(json_string "$2")" ;;
        *' --blob-quota') set_key "$1" BlobQuota "$(json_string "$2")" ;;
        *' --cluster-port') port_of "$1" "$2"; set_key "$1" ClusterPort "$2" ;;
        *' --listen') address_of "$1" "$2"; listen=$2; set_key "$1" Listen "$(json_string "$2")" ;;
        *) return 1 ;;
    esac
}

choose() { # an action; only one can be chosen
    [ "$action" = install ] || [ "$action" = "$1" ] || reject "--$action and --$1 exclude each other"
    action=$1
}

read_arguments() {
    local option
    while [ $# -gt 0 ]; do
        option=$1
        shift
        case "$role $option" in
            *' --help' | *' -h') usage; exit 0 ;;
            *' --dry-run') dry=yes ;;
            *' --upgrade') choose upgrade ;;
            *' --uninstall') choose uninstall ;;
            *' --purge') purge=yes ;;
            *' --reconfigure') reconfigure=yes ;;
            *' --trusted-network') trusted=yes; set_key "$option" TrustedNetwork true ;;
            'worker --keep-awake') set_key "$option" KeepAwake true ;;
            'worker --fetch-models')
                fetch=yes
                set_key "$option" FetchModels true
                ;;
            *' --ready-timeout')
                number_of "$option" "${1:-}" whole
                given_timeout=$1
                shift
                ;;
            *)
                case $option in
                    --*) [ $# -gt 0 ] || reject "$option needs a value, or does not exist; see $script --help" ;;
                    *) reject "'$option' is not an option; see $script --help" ;;
                esac
                read_setting "$option" "$1" || reject "there is no option $option; see $script --help"
                shift
                ;;
        esac
    done
    [ -z "$fetch" ] || ready_timeout=$fetch_timeout
    ready_timeout=${given_timeout:-$ready_timeout}
    [ -z "$given" ] || [ "$action" = install ] || reject "$given has no effect with --$action; edit $data/appsettings.json instead"
    [ -z "$purge" ] || [ "$action" = uninstall ] || reject "--purge is only for --uninstall"
    [ -z "$reconfigure" ] || [ "$action" = install ] || reject "--reconfigure has no effect with --$action"
    [ -z "$reconfigure" ] || [ -n "$given" ] || reject "--reconfigure needs the new settings; see $script --help"
}
