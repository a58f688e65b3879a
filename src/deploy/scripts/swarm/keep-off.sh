# Keeps a service that is put back off servers that start none of it; base.sh of containers and of swarms stand before it. One whose
# disk is full accepts a task and does no more, and a swarm waits for it for good.
# shellcheck shell=sh
# shellcheck disable=SC2154 # what stands before it sets them
longest=30

# Finds the nodes that its tasks do not start on: they have not moved for long there, or failed without having run. Of a service with
# data of its own none are: elsewhere it would not have it. $1 id of the service, $2 the state of its update.
find_idle_nodes() {
  waiting=$(printf '%s\n' "$current" | awk '$4 == "running" && $5 ~ /^(assigned|accepted|preparing)$/ { print $1, $3, $5 }')
  [ "$waiting" = "$waited_for" ] || waited_for=$waiting waits_since=$(date +%s)
  idle=''
  [ $(($(date +%s) - waits_since)) -lt "$longest" ] || idle=$(printf '%s\n' "$waiting" | awk '{ print $2 }')
  never=$ill
  # The swarm gave up at the first.
  case $2 in *paused) never=$(printf '%s\n' "$current" | awk '$5 == "failed" || $5 == "rejected" { print $1 }') ;; esac
  for task in $never; do
    case $(why_not "$task") in *'non-zero exit'* | '') ;; *) idle="$idle $(printf '%s\n' "$current" | awk -v id="$task" '$1 == id { print $3 }')" ;; esac
  done
  [ -n "$idle" ] || return
  try service inspect -f '{{len .Spec.TaskTemplate.ContainerSpec.Mounts}}' "$1" && [ "$said" = 0 ]
}

# Another node that it may be on, besides $2. $1 its id.
has_other_node() {
  try service inspect -f '{{with .Spec.TaskTemplate.Placement}}{{json .Constraints}}{{end}}' "$1" || return
  constraints=$said
  try node ls --format '{{.ID}} {{.Status}} {{.Availability}}' || return
  printf '%s\n' "$said" | {
    while read -r node status availability; do
      case "$status $availability $constraints" in "Ready Active "*"node.id!=$node\""*) continue ;; "Ready Active "*) ;; *) continue ;; esac
      [ "$node" = "$2" ] || exit 0
    done
    exit 1
  }
}

# $1 id of the service, $2 the state of its update. It is true where it has changed something.
keep_off() {
  find_idle_nodes "$1" "$2" || return
  changed=1
  for node in $idle; do
    case " $off " in *" $node "*) continue ;; esac
    has_other_node "$1" "$node" || continue
    try service update --quiet --detach --no-resolve-image --constraint-add "node.id!=$node" "$1" || continue
    off="$off $node" changed=0
    tell kept-off "$service" "$(hostname_of "$node")"
  done
  return "$changed"
}
