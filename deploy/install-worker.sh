#!/usr/bin/env bash
# shellcheck shell=bash
# Installs, upgrades or removes a worker as a service of this machine. Try: deploy/install-worker.sh --help
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/lib/install.sh" worker "$@"
