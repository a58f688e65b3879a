# Puts a service back to what it was before this release; base.sh and health.sh stand before it.
# shellcheck shell=sh disable=SC2154

# Starts a container that was stopped, or was about to be. $1 id, $2 restart policy, $3 the state it had.
restore() {
  said=
  try inspect -f '{{.State.Running}} {{.Config.StopTimeout}}' "$1" || { failed "$1"; return; }
  # Whoever stopped it may have been killed over it; Docker still does it then.
  if [ "${said%% *}" = true ] && ! grep -q "^stopped $1" "$journal"; then
    case ${said#* } in *[!0-9]*) rest=12 ;; *) rest=$((${said#* } + 2)) ;; esac
    while [ "$rest" -gt 0 ] && try inspect -f '{{.State.Running}}' "$1" && [ "$said" = true ]; do sleep 1 && rest=$((rest - 1)); done
  fi
  case $2 in on-failure:0) set -- "$1" on-failure "$3" ;; on-failure:*) ;; *) set -- "$1" "${2%%:*}" "$3" ;; esac
  try update --restart "${2:-no}" "$1" || { failed "$1"; return; }
  case $3 in running | restarting) try start "$1" || { failed "$1"; return; } ;; esac
}

# Waits until it is as it was. $1 service, then as above.
wait_restored() {
  case $4 in running | restarting) ;; *) return 0 ;; esac
  try inspect -f '{{index .Config.Labels "shipshape.release"}}' "$2" && use_settings "$said" "$1"
  try inspect -f '{{.Name}}' "$2" && wait_healthy "${said#/}"
}

# A service: what was stopped runs again, and what was made is gone.
put_back() {
  rm -f "$ours/.room"
  use_settings "$release" "$1"
  [ "$order" = beside ] || remove_new "$1" || return
  stopped=$(awk -v service="$1" '$1 == "stopping" && $2 == service && !seen[$3]++ { print $3, $4, $5 }' "$journal" 2>/dev/null)
  list=$stopped
  for_each restore || return
  list=$stopped
  for_each wait_restored "$1" || return
  [ -z "$stopped" ] || sleep "$linger"
  remove_new "$1"
}
