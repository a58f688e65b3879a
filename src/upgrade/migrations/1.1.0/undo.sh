#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

remove_packages
put_back "$STEP/before"
systemctl daemon-reload
systemctl restart systemd-journald
