# $1 project, $2 environment, $3 service, $4 how many of the lines that are there already.
# Prints what all containers of a service print, each line with the number of its container and its time in front; of those
# that come later, too. It is ended from outside, with all that it has started.
last=$4
seen=' '
while :; do
  for id in $(docker ps -q --no-trunc --filter "label=tako.project=$1" --filter "label=tako.environment=$2" \
    --filter "label=tako.service=$3" </dev/null); do
    case $seen in *" $id "*) continue ;; esac
    seen="$seen$id "
    slot=$(docker inspect -f '{{index .Config.Labels "shipshape.slot"}}' "$id" </dev/null)
    docker logs -f --timestamps --tail "$last" "$id" 2>&1 </dev/null | while IFS= read -r line; do
      printf '%s %s\n' "${slot:--}" "$line"
    done &
  done
  last=all
  sleep 2
done
