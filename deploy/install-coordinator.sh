#!/usr/bin/env bash
# shellcheck shell=bash
# Installs, upgrades or removes a coordinator as a service of this machine. Try: deploy/install-coordinator.sh --help
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/lib/install.sh" coordinator "$@"
