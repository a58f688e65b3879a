# Makes a service run its image, in a new task before or after an old one stops; base.sh of containers and of swarms stand before
# it, and once.sh. $1 service, $2 stack, $3 id of the image, $4 what it is called, $5 the release whose settings are used where they lie here,
# $6 replicas, $7 ids of the nodes that have the image. Standard input: the settings of today.
# shellcheck shell=sh disable=SC2154
service=$1 stack=$2
# What a killed script left half has no last line.
{ mkdir -p "$ours" && cat >"$ours/.today"; } || { tell fault disk-full "$service"; exit 1; }
[ "$(tail -n 1 "$ours/.today")" = '# whole' ] || { tell fault cut-off "$service"; exit 1; }
if [ -n "$5" ] && use_stack "$5" "$service"; then
  rest=$kept
else
  [ -z "$5" ] || tell today "$service"
  rest=$ours/.today replicas=$6
fi
{ {
  printf "# Secret: settings of a service with their values.\nimage='%s'\nreference='%s'\nreplicas=%s\n" "$3" "$4" "$replicas"
  if [ "$rest" = "$ours/.today" ]; then cat "$rest"; else tail -n +5 "$rest"; fi
} >"$ours/.settings" && mv -f "$ours/.settings" "$ours/$service@swarm" && rm -f "$ours/.today"; } || { tell fault disk-full "$service"; exit 1; }
use_stack "$release" "$service" && use_network && use_nodes "$7" "$pins" && find_service "$service" && remember "$service" "$id" &&
  deploy_stack "$kept" "$release" || exit 1
if [ "$kind" = service ]; then
  wait_there "$id" || exit 1
else
  wait_ended
  code=$?
  try service rm "$id" || failed "$service"
  exit "$code"
fi
