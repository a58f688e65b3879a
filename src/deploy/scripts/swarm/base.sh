# What all scripts for services of a swarm have, which run on one of its managers; containers/base.sh stands before it. A service
# is found by its labels. What it was before a release changed it stands in the journal of that release before it is changed.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what stands behind uses it; settings of a service come from its file

# Its id; nothing where there is none. $1 its name in the configuration.
find_service() {
  try service ls -q --filter "label=tako.project=$project" --filter "label=tako.environment=$environment" --filter "label=tako.service=$1" ||
    { failed "$1"; return; }
  id=$(printf '%s\n' "$said" | head -n 1)
}

# A digest of what makes a service, or made it before its last change. Docker shows defaults in the one and not in the other, so
# that it is of what we and others change. $1 its id, $2 "Spec" or "PreviousSpec".
digest_of() {
  labels='{{index . "shipshape.release"}} {{index . "shipshape.removed"}}'
  try service inspect -f "{{with .$2}}{{with .Labels}}$labels{{end}} {{json .Mode}} {{.TaskTemplate.ForceUpdate}} {{with .TaskTemplate.Placement}}{{json .Constraints}}{{end}} {{with .TaskTemplate.ContainerSpec}}{{with .Labels}}$labels{{end}} {{.Image}} {{json .Env}} {{json .Args}} {{json .Mounts}}{{end}}{{end}}" "$1" &&
    printf '%s' "$said" | sha256sum | cut -d ' ' -f 1
}

label_of() { try service inspect -f "{{with index .Spec.Labels \"$2\"}}{{.}}{{else}}-{{end}}" "$1" && printf '%s' "$said"; }

# Writes down what a service is before it is changed. $1 service, $2 its id or nothing.
remember() {
  was=- of=-
  [ -z "$2" ] || { was=$(digest_of "$2" Spec) && of=$(label_of "$2" shipshape.release); } || { failed "$1"; return; }
  { mkdir -p "$ours" && printf 'was %s %s %s\n' "$1" "$was" "$of" >>"$journal"; } || { tell fault disk-full "$1"; return 1; }
  sync "$journal" 2>/dev/null || true
}

# Settings of a service in a release, as swarm-stack.ts makes them: four lines that say a little, and parts of its stack.
use_stack() {
  kept=$folder/releases/$1/$2@swarm
  [ -f "$kept" ] && eval "$(sed -n 2,5p "$kept")"
}

# The network of the environment: the encrypted one, where the setup of the server has moved it. It is made where there is none.
use_network() {
  limit=60
  for each in "$network-encrypted" "$network"; do
    try network inspect -f '{{.Driver}}' "$each" || continue
    [ "$said" = overlay ] || { tell fault not-overlay "$each"; return 1; }
    network=$each
    return
  done
  set -- network create -d overlay --attachable --label "tako.project=$project" --label "tako.environment=$environment"
  ! grep -q '"overlay-encryption"' /etc/tako/version.json 2>/dev/null || set -- "$@" --opt encrypted
  try "$@" "$network" || { failed "$network"; return; }
}

# Keeps a service off all nodes but these; the names of those are told. $1 ids of nodes, $2 those that it was configured for.
use_nodes() {
  constraints='' allowed=0
  try node ls --format '{{.ID}} {{.Hostname}}' || { failed nodes; return; }
  list=$said
  for_each use_node "$1" "$2" || return
  [ "$allowed" -gt 0 ] || { tell fault no-node "$service"; return 1; }
}
use_node() {
  case " $1 " in
    *" $3 "*) case " ${2:-$3} " in *" $3 "*) allowed=$((allowed + 1)) && return ;; esac ;;
    *) tell left-out "$service" "$4" ;;
  esac
  constraints="$constraints${constraints:+,}\"node.id!=$3\""
}

# The stack that consists of a service alone. JSON is YAML. $1 file, $2 release.
stack_text() {
  printf '{"version":"3.8","networks":{"default":{"external":true,"name":"%s"}},' "$network"
  sed -n 6p "$1"
  printf '"services":{"%s":{"image":"%s","deploy":{' "$key" "$image"
  [ "$mode" = global ] && printf '"mode":"global",' || printf '"replicas":%s,' "$replicas"
  printf '"placement":{"constraints":[%s]},"labels":{"shipshape.release":"%s",' "$constraints" "$2"
  plain=${network%-encrypted}
  sed -n "7s/\"traefik.docker.network\":\"$plain\(-encrypted\)\{0,1\}\"/\"traefik.docker.network\":\"$network\"/;7p" "$1"
  printf ',"labels":{"shipshape.release":"%s",' "$2"
  sed -n 8p "$1"
  printf '}}\n'
}

# Docker leaves the image of a service as it is where the stack still names the same, also where somebody changed it since by hand:
# what it was named is forgotten then.
forget_image() {
  [ -n "${id:-}" ] || return 0
  try service inspect -f '{{with index .Spec.Labels "com.docker.stack.image"}}{{.}}{{else}}-{{end}} {{.Spec.TaskTemplate.ContainerSpec.Image}}' "$id" || return 0
  case $said in "- "*) return 0 ;; esac
  [ "${said%% *}" = "${said#* }" ] || try service update --quiet --detach --no-resolve-image --label-rm com.docker.stack.image "$id"
}

# Creates or changes a service, and nothing else. $1 file, $2 release.
deploy_stack() {
  forget_image || { failed "$service"; return; }
  set -- "$1" "$2" --resolve-image never
  # Programs that wait by themselves can be told not to.
  ! timeout -s KILL 20 docker stack deploy --help 2>/dev/null | grep -q -e --detach || set -- "$@" --detach=true
  said=$({
    file=$1 of=$2
    shift 2
    stack_text "$file" "$of" | timeout -s KILL 120 docker stack deploy -c - "$@" "$stack" 2>&1 >/dev/null
  }) || { failed "$service"; return; }
  find_service "$service"
}

# Tasks of a service: id, slot, node, the state it should have, the state it has, changes by force, release. The newest first. A swarm
# forgets the old ones, also between the list and the look at what is on it: that fails a try.
tasks_of() { try_tasks "$1" || try_tasks "$1" || try_tasks "$1"; }
try_tasks() {
  try service ps -q --no-trunc "$1" || return
  [ -n "$said" ] || return 0
  # shellcheck disable=SC2086 # a list of ids
  try inspect --type task -f '{{.ID}} {{.Slot}} {{with .NodeID}}{{.}}{{else}}-{{end}} {{.DesiredState}} {{.Status.State}} {{.Spec.ForceUpdate}} {{with index .Spec.ContainerSpec.Labels "shipshape.release"}}{{.}}{{else}}-{{end}}' $said
}

why_not() { try inspect --type task -f '{{with .Status.Err}}{{.}}{{else}}{{.Status.Message}}{{end}}' "$1" && printf '%s' "$said"; }

# The server that a task is on. A swarm says of a server that cannot start it no more than that it has it.
host_of() {
  try inspect --type task -f '{{with .NodeID}}{{.}}{{end}}' "$1" && [ -n "$said" ] || return 0
  try node inspect -f '{{.Description.Hostname}}' "$said" && printf ' (%s)' "$said"
}

# Tells that a service does not get there, and what its last task printed. $1 the task, $2 why where it says nothing.
not_there() {
  reason=$([ -z "$1" ] || { why_not "$1" && host_of "$1"; })
  if [ -n "$1" ] && limit=10 && try service logs --raw --tail 20 "$1"; then
    printf '%s\n' "$said" | while IFS= read -r line; do tell log "$service" "$line"; done
  fi
  tell fault not-healthy "$service" "${reason:-$2}"
  return 1
}

# Tells where its tasks are at, as far as that was not told yet.
tell_tasks() {
  new=$(printf '%s\n' "$current" | awk 'NF { print $1, $2, $3, $5 }')
  [ "$new" != "$told" ] || return 0
  printf '%s\n' "$new" | while read -r task slot node state; do
    case $task in '' | "$(printf '%s\n' "$told" | awk -v line="$task $slot $node $state" '$0 == line { print $1 }')") continue ;; esac
    tell task "$service${slot:+.$slot}" "$(hostname_of "$node")" "$state"
  done
  told=$new
}
tell_ids() { tell tasks "$service" "$(printf '%s\n' "$current" | awk '$4 == "running" { printf "%s ", $1 }')"; }
hostname_of() { printf '%s\n' "$nodes" | awk -v id="$1" '$1 == id { print $2 }'; }

# Waits until a service runs as it is to, in all of its tasks, and nothing else of it. $1 its id; $2 "back" where it is put back,
# which needs keep-off.sh.
off=''
wait_there() {
  try node ls --format '{{.ID}} {{.Hostname}}' && nodes=$said
  told='' since='' end='' earlier=
  while :; do
    try service inspect -f '{{with .UpdateStatus}}{{.State}}{{else}}-{{end}} {{with .Spec.Mode.Replicated}}{{.Replicas}}{{else}}global{{end}} {{.Spec.TaskTemplate.ForceUpdate}} {{with index .Spec.TaskTemplate.ContainerSpec.Labels "shipshape.release"}}{{.}}{{else}}-{{end}}' "$1" ||
      { failed "$service"; return; }
    read -r update wanted force of <<end
$said
end
    [ "$wanted" != global ] || { try service ls --filter "id=$1" --format '{{.Replicas}}' && wanted=${said#*/}; }
    [ -n "$end" ] || end=$(($(date +%s) + 60 + patience * ($([ "$parallel" = 1 ] && echo "$wanted" || echo 1) + 1)))
    tasks_of "$1" || { failed "$service"; return; }
    all=$said
    current=$(printf '%s\n' "$all" | awk -v force="$force" -v of="$of" '$6 == force && $7 == of')
    tell_tasks
    ill=$(printf '%s\n' "$current" | awk '$5 == "failed" || $5 == "rejected" || $5 == "complete" { print $1 }')
    # What failed long ago does not count.
    earlier=${earlier:-$(printf 'earlier\n%s' "$ill")}
    ill=$(printf '%s\n--\n%s\n' "$earlier" "$ill" | awk '$1 == "--" { now = 1; next } !now { old[$1] = 1; next } NF && !old[$1]')
    # What it is now is waited for anew.
    [ "$2" != back ] || ! keep_off "$1" "$update" || { since='' end='' earlier=; continue; }
    case $update:$2 in
      paused:* | rollback_paused:* | rollback_*:)
        # The swarm is at the old one again, by itself.
        ill=$(printf '%s\n' "$all" | awk -v of="$release" '$7 == of && ($5 == "failed" || $5 == "rejected") { print $1 }')
        not_there "$(printf '%s\n' "$ill" | head -n 1)" "$update" || return
        ;;
    esac
    [ "$(printf '%s\n' "$ill" | grep -c .)" -lt 3 ] || not_there "$(printf '%s\n' "$ill" | head -n 1)" "$update" || return
    running=$(printf '%s\n' "$current" | awk '$4 == "running" && $5 == "running"' | grep -c .)
    # What a server that starts nothing still runs, it may not stop either: that is removed there.
    others=$(printf '%s\n' "$all" | awk -v force="$force" -v of="$of" -v off=" $off " 'index(off, " " $3 " ") { next } $5 == "running" && ($4 != "running" || $6 != force || $7 != of)' | grep -c .)
    now=$(date +%s)
    case $update:$running:$others in
      updating:* | rollback_started:*) since='' ;;
      *":$wanted:0")
        since=${since:-$now}
        [ $((now - since)) -lt "$calm" ] || { tell there "$service" "$running" && tell_ids; return; }
        ;;
      *) since='' ;;
    esac
    if [ "$now" -ge "$end" ]; then
      not_there "$(printf '%s\n' "$current" | awk '$4 == "running" && $5 != "running" { print $1; exit }')" "$running of $wanted running"
      return
    fi
    sleep 0.5
  done
}
