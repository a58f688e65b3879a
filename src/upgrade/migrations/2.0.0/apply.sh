#!/bin/sh
# Services of a swarm move into encrypted networks, hooks may scale them, containers are separated. dockerd is not restarted.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"
# shellcheck source=src/upgrade/migrations/2.0.0/networks.sh
. "$STEP/networks.sh"

docker_answers || fail 'Docker does not answer'

daemon=/etc/docker/daemon.json
secured='{
  "icc": false,
  "no-new-privileges": true
}'
if [ ! -s "$daemon" ] || [ "$(tr -d ' \n\t' <"$daemon")" = '{}' ]; then
  printf '%s\n' "$secured" | place_text "$daemon"
else
  for setting in '"no-new-privileges": true' '"icc": false'; do
    ! grep -q "${setting%%:*}" "$daemon" || continue
    sed "0,/{/s//{\n  $setting,/" "$daemon" | amend "$daemon"
  done
fi
place /usr/local/lib/tako/separate-containers
place /usr/local/lib/tako/scale
place /etc/tako/hooks/scale.d/README
for each in tako-separation.service tako-scale.service tako-scale.timer; do place "/etc/systemd/system/$each"; done
systemctl daemon-reload
for each in tako-separation.service tako-scale.timer; do
  if ! systemctl is-enabled --quiet "$each" || ! systemctl is-active --quiet "$each"; then
    systemctl enable --quiet --now "$each"
  fi
done

if manages_swarm; then
  touch "$STEP/networks"
  for old in $(plain_networks); do
    # How it can be made again.
    grep -q "^$old " "$STEP/networks" || docker network inspect \
      -f '{{.Name}} {{.Attachable}} {{range .IPAM.Config}}{{.Subnet}}{{end}}' "$old" >>"$STEP/networks"
  done
  while read -r old attachable _; do
    new=$old-encrypted
    set --
    [ "$attachable" != true ] || set -- --attachable
    network_exists "$new" || docker network create -d overlay --opt encrypted "$@" "$new" >/dev/null </dev/null
    if network_exists "$old"; then
      move_services "$old" "$new" </dev/null
      remove_network "$old"
    fi
  done <"$STEP/networks"
fi
