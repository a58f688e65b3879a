# Changes a service that is there: $1 how, $2 service, $3 more. base.sh of containers and of swarms stand before it.
# shellcheck shell=sh disable=SC2154
service=$2 patience=300 parallel=1 calm=3
find_service "$service" || exit 1
[ -n "$id" ] || { tell absent "$service"; exit 0; }
if [ "$1" = over ]; then
  try service rm "$id" || failed "$service"
  exit
fi
of=$(label_of "$id" shipshape.release)
use_stack "$of" "$service" || true
try service inspect -f '{{with .Spec.Mode.Replicated}}replicated{{else}}global{{end}}' "$id" || { failed "$service"; exit 1; }
mode=$said
case $1:$mode in
  # It is configured no more. It stays, without tasks, until what came is well: so it can be put back as it was.
  end:replicated) set -- --label-add "shipshape.removed=$release" --replicas 0 ;;
  end:global) set -- --label-add "shipshape.removed=$release" --constraint-add node.id==none ;;
  restart:*) set -- --force ;;
  scale:global) tell fault everywhere "$service" && exit 1 ;;
  scale:replicated)
    [ -f "$kept" ] || { tell fault settings-missing "$service"; exit 1; }
    # Its tasks stay what they are, so that only the service tells of the release.
    { mkdir -p "$ours" && sed "4s/.*/replicas=$3/" "$kept" >"$ours/.settings" && mv -f "$ours/.settings" "$ours/$service@swarm"; } ||
      { tell fault disk-full "$service"; exit 1; }
    set -- --label-add "shipshape.release=$release" --replicas "$3"
    ;;
esac
remember "$service" "$id" || exit 1
try service update --quiet --detach "$@" "$id" || { failed "$service"; exit 1; }
wait_there "$id" || exit 1
