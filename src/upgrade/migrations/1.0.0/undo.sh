#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

sh "$STEP/may-undo.sh"
[ ! -e /etc/systemd/system/tako-firewall.service ] || systemctl disable --quiet --now tako-firewall || true
! command -v nft >/dev/null || nft delete table inet tako 2>/dev/null || true
systemctl unmask --quiet --runtime nginx.service
[ ! -e "$STEP/nginx-is-ours" ] || ! installed nginx || systemctl disable --quiet --now nginx
[ ! -e "$STEP/packages.before" ] || [ ! -e /lib/systemd/system/docker.socket ] || systemctl stop docker.socket docker containerd || true
remove_packages
put_back "$STEP/before"
rm -f "$STEP/nginx-is-ours"
systemctl daemon-reload
