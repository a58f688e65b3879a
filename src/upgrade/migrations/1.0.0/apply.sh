#!/bin/sh
# A bare Debian becomes a server for containers: Docker, nginx for static files, firewall rules, Traefik's files.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

# nginx would start with a site of its own at port 80, which is the proxy's.
if ! installed nginx || [ -e "$STEP/nginx-is-ours" ]; then
  : >"$STEP/nginx-is-ours"
  place /etc/nginx/conf.d/tako-static.conf
  place /var/www/tako/index.html
  installed nginx || systemctl mask --quiet --runtime nginx.service
fi
command -v docker >/dev/null || add_packages docker.io # somebody's own Docker stays
add_packages iptables nginx nftables ca-certificates
if [ -e "$STEP/nginx-is-ours" ]; then
  rm -f /etc/nginx/sites-enabled/default
  systemctl unmask --quiet --runtime nginx.service
  systemctl is-enabled --quiet nginx || systemctl enable --quiet nginx
  started_after nginx /etc/nginx/conf.d/tako-static.conf || systemctl restart nginx
fi
systemctl is-active --quiet docker || systemctl enable --quiet --now docker

# Whoever is connected now comes in again: at every port where sshd listens, or systemd for it.
mkdir -p /run/sshd # sshd asks for it also when it only tells its settings
ports=$({ sshd -T 2>/dev/null | sed -n 's/^port //p'
  systemctl show -p Listen --value ssh.socket 2>/dev/null | grep -o ':[0-9]*' | tr -d :
} | grep -x '[0-9][0-9]*' | sort -un | paste -sd ,)
[ -n "$ports" ] || fail 'the ports of sshd could not be found out'
sed "s/@SSH_PORTS@/$ports/" "$STEP/files/etc/tako/firewall.nft" | place_text /etc/tako/firewall.nft
place /etc/systemd/system/tako-firewall.service
nft -c -f /etc/tako/firewall.nft || fail 'the firewall rules are not taken by this system'
systemctl daemon-reload
systemctl is-enabled --quiet tako-firewall || systemctl enable --quiet tako-firewall
if ! started_after tako-firewall /etc/tako/firewall.nft /etc/systemd/system/tako-firewall.service ||
  ! nft list table inet tako >/dev/null 2>&1; then
  systemctl restart tako-firewall
fi

# Traefik itself is started by whoever wants it. What somebody has configured stays.
[ -e /etc/traefik/traefik.yml ] || place /etc/traefik/traefik.yml
[ -e /etc/traefik/dynamic.yml ] || place /etc/traefik/dynamic.yml
[ -e /etc/traefik/acme.json ] || (umask 077 && : >/etc/traefik/acme.json)
