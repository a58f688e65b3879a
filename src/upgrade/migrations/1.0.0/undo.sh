#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

# Debian's package takes all of Docker's data along.
if grep -qx docker.io "$STEP/packages.added" 2>/dev/null && docker_answers && [ -n "$(docker ps -aq; docker volume ls -q)" ]; then
  fail 'Docker would go with this step, and there are containers or volumes: remove them first'
fi
[ ! -e /etc/systemd/system/tako-firewall.service ] || systemctl disable --quiet --now tako-firewall || true
! command -v nft >/dev/null || nft delete table inet tako 2>/dev/null || true
systemctl unmask --quiet --runtime nginx.service
[ ! -e "$STEP/nginx-is-ours" ] || ! installed nginx || systemctl disable --quiet --now nginx
[ ! -e "$STEP/packages.before" ] || [ ! -e /lib/systemd/system/docker.socket ] || systemctl stop docker.socket docker containerd || true
remove_packages
put_back "$STEP/before"
rm -f "$STEP/nginx-is-ours"
systemctl daemon-reload
