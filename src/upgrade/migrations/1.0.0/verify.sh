#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

serves_files() { http 8081 / | head -n 1 | grep -qx 200; }
firewall_drops() {
  nft list chain inet tako input | grep -q 'hook input .* policy drop' &&
    nft list chain inet tako input | grep -q 'tcp dport .*[ {]443[ ,}]' && systemctl is-enabled --quiet tako-firewall
}
traefik_is_prepared() {
  grep -q '^entryPoints:' /etc/traefik/traefik.yml && [ -s /etc/traefik/dynamic.yml ] &&
    [ "$(stat -c %a /etc/traefik/acme.json)" = 600 ]
}

expect docker 'Docker answers, also after a reboot' docker_answers
expect nginx 'nginx serves static files at port 8081' soon serves_files
expect firewall 'only SSH, HTTP, HTTPS and Swarm get in from outside' firewall_drops
expect traefik-proxy "Traefik's files are there, its certificates for root alone" traefik_is_prepared
all_met
