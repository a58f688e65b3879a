# What all scripts for containers begin with: $1 project, $2 environment, $3 release. They tell lines of a name and values with
# tabs between; what went wrong is a line "fault", and then they end with 1. Everything that a release made has its label, and
# everything that it stopped stands in its journal before it is stopped, so that it can be put back whatever happens.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # what stands behind uses it; settings of a service come from its file
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin"
umask 077
# Who listens may be gone at any moment. What was stopped by then would stay so: what was begun comes to its end.
trap '' PIPE
project=$1 environment=$2 release=$3
shift 3
folder=${folder:-/var/lib/shipshape/deploy/$project/$environment}
ours=$folder/releases/$release
journal=$ours/.journal
network=tako_${project}_$environment
limit=60

tell() {
  line=$1
  shift
  for each; do line="$line	$(printf %s "$each" | tr '\t\r\n' '   ')"; done
  printf '%s\n' "$line" || true
} 2>/dev/null

# Removes of a release all but what services live by: those that $lives names after it, "release/service" with blanks around. Who
# settles may come from elsewhere and not know of the release. $1 its folder.
trim_release() {
  for part in "$1"/* "$1"/.[!.]*; do
    of=${part##*/}
    of=${of#.compose-}
    case $lives in *" ${1##*/}/${of%@swarm} "*) ;; *) rm -rf "$part" ;; esac
  done
  rmdir "$1" 2>/dev/null || true
}

# Runs docker for a bounded time. What it says is in $said.
try() { said=$(timeout -s KILL "$limit" docker "$@" 2>&1 </dev/null); }

has_program() { command -v "$1" >/dev/null 2>&1; }

# Who listens at a port of the server: a container, or a program with its number.
listener() {
  container=$(timeout -s KILL 10 docker ps --filter "publish=$1" --format '{{.Names}}' 2>/dev/null | head -n 1)
  [ -z "$container" ] || { echo "$container" && return; }
  socket=$(awk -v port="$(printf ':%04X$' "$1")" '$2 ~ port && $4 == "0A" { print $10; exit }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  # shellcheck disable=SC2012 # one look at all links
  process=$(ls -l /proc/[0-9]*/fd 2>/dev/null |
    awk -v socket="socket:[${socket:-none}]" '/^\/proc\// { split($1, part, "/") } $NF == socket { print part[3]; exit }')
  [ -z "$process" ] || echo "$(cat "/proc/$process/comm") ($process)"
}

# Tells what docker failed of, by $said. $1: what it was at.
failed() {
  case $said in
    *'no space left on device'*) tell fault disk-full "$1" ;;
    *'port is already allocated'* | *'address already in use'*)
      port=$(printf '%s' "$said" | sed -n -e 's/.*:\([0-9]*\) failed: port is.*/\1/p' -e 's/.*:\([0-9]*\): bind: address.*/\1/p' | head -n 1)
      tell fault port-taken "$1" "$port" "$(listener "${port:-0}")"
      ;;
    *'is already in use by container'*)
      said=
      try inspect -f '{{.Config.Image}}' "$1"
      tell fault name-taken "$1" "$said"
      ;;
    *'No such image'* | *'Unable to find image'*) tell fault image-missing "$1" ;;
    '' | Killed | *'Cannot connect to the Docker daemon'*) tell fault docker-silent "$1" ;;
    *) tell fault docker-refused "$1" "$said" ;;
  esac
  return 1
}

# The settings of a service in a release: functions and variables. They are as in container-spec.ts.
use_settings() {
  kind=service order=beside strategy=rolling replicas=1 probe=none patience=60 linger=0
  [ -f "$folder/releases/$1/$2" ] || return 1
  # shellcheck disable=SC1090 # it is made by us
  . "$folder/releases/$1/$2"
}

# Its name says the release, so that old and new can live side by side. $1 what, such as the service; $2 the number.
name_of() { printf '%s_%s_%s-%s_%s' "$project" "$environment" "$1" "$(printf '%s' "$release" | sed 's/^[a-z]*-//' | tail -c 24)" "$2"; }

# Containers of the environment, one per line: id, state, restart policy, slot, release, service, name, with - for what it has
# not, the newest first. All arguments are filters. What is removed at the same moment fails the first try. The fields are Go's.
containers() {
  set -- --filter "label=tako.project=$project" --filter "label=tako.environment=$environment" "$@"
  for each in 1 2; do
    ids=$(timeout -s KILL 60 docker ps -aq --no-trunc "$@" 2>/dev/null) || continue
    [ -n "$ids" ] || return 0
    # shellcheck disable=SC2086 # a list of ids
    timeout -s KILL 60 docker inspect -f '{{.ID}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}} {{with index .Config.Labels "shipshape.slot"}}{{.}}{{else}}-{{end}} {{with index .Config.Labels "shipshape.release"}}{{.}}{{else}}-{{end}} {{with index .Config.Labels "tako.service"}}{{.}}{{else}}-{{end}} {{.Name}}' $ids 2>/dev/null && return
  done
  return 1
}

# Keeps the lines of those that run, or would again.
living() { awk 'NF && ($2 == "running" || $2 == "restarting" || $2 == "paused" || ($3 !~ /^(no)?:/ && $2 != "created"))'; }

# The lines of what lives of a service.
live() {
  list=$(containers --filter "label=tako.service=$1") || { said='' && failed "$1"; return; }
  list=$(printf '%s\n' "$list" | living | sort -k 4,4n)
}

# The lines of what lives of it and is of other releases.
old() { live "$1" && list=$(printf '%s\n' "$list" | awk -v release="$release" 'NF && $5 != release'); }

# Stops a container such that no reboot starts it. Everything of it stays. Its line are the arguments.
stop_container() {
  printf 'stopping %s %s %s %s\n' "$6" "$1" "$3" "$2" >>"$journal" || { tell fault disk-full "$6"; return 1; }
  sync "$journal" 2>/dev/null
  try update --restart no "$1" || { failed "${7#/}"; return; }
  limit=1000
  try stop "$1" || { failed "${7#/}"; return; }
  limit=60
  printf 'stopped %s\n' "$1" >>"$journal"
  tell stopped "${7#/}"
}

# Does something with each line of $list, whose parts are its last arguments. No file is needed: the disk may be full.
for_each() {
  while read -r parts <&3; do
    # shellcheck disable=SC2086 # its parts
    [ -z "$parts" ] || "$@" $parts || return
  done 3<<end
$list
end
}

stop_old() { old "$1" && for_each stop_container; }

# Makes a container of a service and starts it. $1 the slot. What an earlier try left is made again.
make() {
  name=$(name_of "$service" "$1")
  said=
  try inspect -f '{{index .Config.Labels "shipshape.release"}}' "$name" && [ "$said" = "$release" ] && try rm -f "$name"
  said=$(environment | with_options with_service with_image with_command run_docker create --env-file /dev/stdin --name "$name" \
    --network "$network" --network-alias "$service" --label "shipshape.release=$release" --label "shipshape.slot=$1" 2>&1 >/dev/null) ||
    { failed "$name"; return; }
  try start "$name" || { failed "$name"; return; }
  tell started "$name"
}

with_image() { "$@" "$image"; }

# What may still answer gets the time that it needs to stop.
remove_container() {
  limit=1000
  [ "$order" = first ] || [ "$2" != running ] || try stop "$1"
  limit=60
  try rm -f "$1" || { failed "${7#/}"; return; }
  tell removed "${7#/}"
}

# Removes what this release made of a service.
remove_new() {
  list=$(containers --filter "label=tako.service=$1" --filter "label=shipshape.release=$release") || { said='' && failed "$1"; return; }
  for_each remove_container
}
