# $1 project, $2 environment, $3 service, $4 how many of the lines that are there already.
# Prints what all containers of a service print, each line with the number of its container and its time in front; of those
# that come later, too. It is ended from outside, with all that it has started.
# shellcheck shell=sh
export LC_ALL=C
last=$4
seen=' '

# Hands on the lines that are later than $1, and prints the time of the last. What has no time is said by docker itself.
hand_on() {
  newest=$1 after=$1
  while IFS= read -r line; do
    time=${line%% *}
    case $time in [0-9]*-*T*:*Z) ;; *) continue ;; esac
    # All times are equally long.
    if [ -n "$after" ]; then expr "x$time" \> "x$after" >/dev/null || continue; fi
    after='' newest=$time
    printf '%s %s\n' "$slot" "$line" >&3
  done
  printf %s "$newest"
}

# Follows a container until it has gone. Docker hangs up when it ends, and does not come back when it is started again. What it
# printed is told by its last line, because its own end may be noted before that. $1 its id, $2 how many lines that are there.
follow() {
  slot=$(docker inspect -f '{{index .Config.Labels "shipshape.slot"}}' "$1" </dev/null)
  slot=${slot:--} lines=$2 newest='' before=$(docker inspect -f "$state" "$1" 2>&1 </dev/null)
  while :; do
    newest=$(docker logs -f --timestamps --tail "$lines" ${newest:+--since "$newest"} "$1" 2>&1 </dev/null | hand_on "$newest")
    lines=all
    until
      sleep 2
      now=$(docker inspect -f "$state" "$1" 2>&1 </dev/null)
      case $now in
        'true '* | 'false '*) [ "${now#false }" != "${before#* }" ] ;;
        *'o such '*) return ;;
        *) false ;;
      esac
    do :; done
    before=$now
  done
}
state='{{.State.Running}} {{.State.StartedAt}}'

while :; do
  for id in $(docker ps -q --no-trunc --filter "label=tako.project=$1" --filter "label=tako.environment=$2" \
    --filter "label=tako.service=$3" </dev/null); do
    case $seen in *" $id "*) continue ;; esac
    seen="$seen$id "
    follow "$id" "$last" 3>&1 &
  done
  last=all
  sleep 2
done
