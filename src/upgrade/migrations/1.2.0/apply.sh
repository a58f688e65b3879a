#!/bin/sh
# The server and its containers are measured, and its health can be asked for. dockerd is neither configured nor restarted.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

# A node exporter that somebody else installed keeps its arguments.
exporter=prometheus-node-exporter
if ! installed "$exporter" || [ -e "$STEP/packages.before" ]; then
  place /etc/tako/node-exporter.env # before it starts for the first time
  place "/etc/systemd/system/$exporter.service.d/tako.conf"
  add_packages "$exporter"
  systemctl daemon-reload
  systemctl is-enabled --quiet "$exporter" || systemctl enable --quiet "$exporter"
  started_after "$exporter" /etc/tako/node-exporter.env "/etc/systemd/system/$exporter.service.d/tako.conf" ||
    systemctl restart "$exporter"
fi

place /usr/local/lib/tako/container-metrics
place /usr/local/lib/tako/health
for each in tako-metrics.service tako-metrics.timer tako-health.socket tako-health@.service; do
  place "/etc/systemd/system/$each"
done
systemctl daemon-reload
for each in tako-metrics.timer tako-health.socket; do
  if ! systemctl is-enabled --quiet "$each" || ! systemctl is-active --quiet "$each"; then
    systemctl enable --quiet --now "$each"
  fi
done
[ -e /var/lib/prometheus/node-exporter/tako.prom ] || systemctl start tako-metrics.service

# Traefik gets these two where its configuration is a file; one that says it already keeps its own.
config=/etc/traefik/traefik.yml
if [ -f "$config" ]; then
  ! grep -qE '^(\{|\.\.\.)' "$config" || fail "$config is not a plain list of settings: add ping and metrics to it yourself"
  {
    cat "$config"
    [ -z "$(tail -c 1 "$config")" ] || echo
    grep -q '^ping:' "$config" || echo 'ping: {}'
    grep -q '^metrics:' "$config" || printf 'metrics:\n  prometheus: {}\n'
  } | amend "$config"
  for each in $(traefik_containers); do
    runs_since "$each" "$config" || docker restart "$each" >/dev/null
  done
fi

if wanted grafana-agent; then
  add_packages grafana-agent # from a source of packages that the person has added
  systemctl is-active --quiet grafana-agent || systemctl enable --quiet --now grafana-agent
fi
