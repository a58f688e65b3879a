#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"
# shellcheck source=src/upgrade/migrations/2.0.0/networks.sh
. "$STEP/networks.sh"

sh "$STEP/may-undo.sh"
if [ -s "$STEP/networks" ]; then
  while read -r old attachable subnet; do
    set --
    [ "$attachable" != true ] || set -- --attachable
    network_exists "$old" ||
      docker network create -d overlay ${subnet:+--subnet "$subnet"} "$@" "$old" >/dev/null </dev/null
    if network_exists "$old-encrypted"; then
      move_services "$old-encrypted" "$old" </dev/null
      remove_network "$old-encrypted"
    fi
  done <"$STEP/networks"
fi
for each in tako-scale.timer tako-separation.service; do
  ! systemctl cat "$each" >/dev/null 2>&1 || systemctl disable --quiet --now "$each" 2>/dev/null || systemctl stop "$each"
done
put_back "$STEP/before"
rm -f "$STEP/networks"
systemctl daemon-reload
