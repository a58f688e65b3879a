# Restarts what lives of a service, one after the other, each healthy before the next; base.sh and health.sh stand before it.
# $1 service.
# shellcheck shell=sh disable=SC2154
service=$1

# The arguments are a line.
restart_one() {
  use_settings "$5" "$6"
  limit=1000
  try restart "$1" || { failed "${7#/}"; return; }
  limit=60
  tell restarted "${7#/}"
  wait_healthy "${7#/}"
}

live "$service" && for_each restart_one || exit 1
