# Puts new containers of a service in the place of the old ones; base.sh and health.sh stand before it. $1 how, $2 service.
# shellcheck shell=sh disable=SC2154
service=$2
use_settings "$release" "$service" || { tell fault settings-missing "$service"; exit 1; }

# Makes all of them, and waits until they are healthy.
make_all() {
  names=
  for slot in $(seq "$replicas"); do
    make "$slot" || return
    names="$names $name"
  done
  # shellcheck disable=SC2086 # names have no blanks
  wait_healthy $names
}

# One new one after the other, each before an old one stops. They share no port.
roll() {
  for slot in $(seq "$replicas"); do
    make "$slot" && wait_healthy "$name" && old "$service" || return
    [ -z "$list" ] || sleep "$linger"
    list=$(printf '%s\n' "$list" | head -n 1)
    for_each stop_container || return
  done
  stop_old "$service"
}

case $1 in
  start) make_all ;;
  stop) sleep "$linger" && stop_old "$service" ;;
  roll) roll ;;
  # The old ones have to stop first: what does not get healthy is replaced by them at once.
  swap) stop_old "$service" && make_all || { put_back "$service"; exit 1; } ;;
  begin) stop_old "$service" && make 1 ;;
esac || exit 1
