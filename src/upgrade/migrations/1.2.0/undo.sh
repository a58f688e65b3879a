#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

for each in tako-health.socket tako-metrics.timer tako-metrics.service; do
  ! systemctl cat "$each" >/dev/null 2>&1 || systemctl disable --quiet --now "$each" 2>/dev/null || systemctl stop "$each"
done
rm -f /var/lib/prometheus/node-exporter/tako.prom
remove_packages
put_back "$STEP/before"
systemctl daemon-reload
systemctl reset-failed 'tako-*' 2>/dev/null || true
for each in $(traefik_containers); do
  [ ! -e /etc/traefik/traefik.yml ] || runs_since "$each" /etc/traefik/traefik.yml || docker restart "$each" >/dev/null
done
