#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

measures_server() { http 9100 /metrics | grep -q '^node_load1 '; }
measures_containers() {
  systemctl is-active --quiet tako-metrics.timer && http 9100 /metrics | grep -q '^tako_docker_up ' &&
    [ -n "$(find /var/lib/prometheus/node-exporter/tako.prom -mmin -5)" ]
}
tells_health() { http 9180 /health | grep -q '"docker":"[a-z]*","disk":"[a-z]*"'; }
traefik_is_measured() {
  for each in $(traefik_containers); do
    runs_since "$each" /etc/traefik/traefik.yml || return 1
  done
  [ ! -e /etc/traefik/traefik.yml ] ||
    { grep -q '^ping:' /etc/traefik/traefik.yml && grep -q '^metrics:' /etc/traefik/traefik.yml; }
}

expect node-exporter 'the node exporter answers at port 9100 of the server itself' soon measures_server
expect metrics-collection 'metrics of Docker and its containers, no older than five minutes, stand among them' soon measures_containers
expect health-endpoints 'the server tells its health at port 9180 of itself' soon tells_health
expect traefik-metrics 'Traefik, where it is set up, runs with ping and metrics' traefik_is_measured
! wanted grafana-agent || expect grafana-agent 'the Grafana agent runs' systemctl is-active --quiet grafana-agent
all_met
