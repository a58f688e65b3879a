#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"
# shellcheck source=src/upgrade/migrations/2.0.0/networks.sh
. "$STEP/networks.sh"

networks_are_encrypted() { docker_answers && { ! manages_swarm || [ -z "$(plain_networks)" ]; }; }
services_run() {
  ! manages_swarm || ! docker service ls --format '{{.Name}} {{.Replicas}}' | awk '{ split($2, n, "/"); if (n[1] < n[2]) print }' | grep -q .
}
scales() {
  systemctl is-active --quiet tako-scale.timer && [ -d /etc/tako/hooks/scale.d ] && [ -x /usr/local/lib/tako/scale ]
}
separates() { iptables -w 10 -C DOCKER-USER -i docker0 -o docker0 -m comment --comment tako -j DROP; }
starts_secured() {
  grep -Eq '"no-new-privileges": *true' /etc/docker/daemon.json && grep -Eq '"icc": *false' /etc/docker/daemon.json
}
labels_follow() {
  ! manages_swarm || docker service ls -q | while read -r each; do
    network=$(docker service inspect -f '{{index .Spec.Labels "traefik.docker.network"}}' "$each")
    [ -z "$network" ] || network_exists "$network" || exit 1
  done
}

expect overlay-encryption 'no overlay network of the swarm whose name begins with tako is unencrypted' networks_are_encrypted
expect service-mesh 'every service of the swarm runs with all of its tasks, in its encrypted networks' soon services_run
expect traefik-labels 'every network that the labels name for Traefik exists' labels_follow
expect auto-scaling-hooks 'programs in /etc/tako/hooks/scale.d run every minute' scales
expect container-separation 'containers of the default network do not reach each other' separates
expect no-new-privileges "dockerd's configuration takes new privileges from containers, from its next start on" starts_secured
all_met
