# Waits until nothing runs on a server of services but these tasks: a swarm forgets those that it ends before they have ended.
# containers/base.sh stands before it. Arguments: a service and the ids of its tasks in one, and so on.
# shellcheck shell=sh disable=SC2154
end=$(($(date +%s) + 120)) began=$(date -u +%Y-%m-%dT%H:%M:%S)

# A disk that was full leaves containers that the swarm has forgotten. What came since, or may still take its time to stop, is none
# of those.
is_forgotten() {
  try inspect -f '{{.Created}} {{.Config.StopTimeout}}' "$1" || return
  printf '%s\n' "$said" | awk -v began="$began" '{ exit !($1 < began && ($2 !~ /^[0-9]+$/ || $2 < 120)) }'
}

while [ $# -gt 1 ]; do
  try ps --filter "label=tako.project=$project" --filter "label=tako.environment=$environment" --filter "label=tako.service=$1" \
    --filter label=com.docker.swarm.task.id --format '{{.ID}} {{.Label "com.docker.swarm.task.id"}}' || { failed "$1"; exit 1; }
  others=$(printf '%s\n' "$said" | while read -r id task; do case " $2 " in *" $task "*) ;; *) echo "$id" ;; esac; done)
  if [ -z "$others" ]; then
    shift 2
  elif [ "$(date +%s)" -ge "$end" ]; then
    for each in $others; do
      { is_forgotten "$each" && try rm -f "$each"; } || { tell fault still-there "$1"; exit 1; }
      tell removed "$1"
    done
  else
    sleep 0.3
  fi
done
