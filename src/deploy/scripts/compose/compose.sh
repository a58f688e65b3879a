# Docker Compose, by what a release keeps of a service in its folder ".compose-<service>": "files" as they lie in the project,
# "override.json" over them, and "variables". The scripts of containers `base.sh` and `health.sh` stand before it. $1 is the name of
# the project in Compose.
# shellcheck shell=sh disable=SC2154
compose=$1
shift

# The Compose that is here is in $program. It is never to bring an image of its own: one of the 2nd version needs to be told.
use_compose() {
  no_pull='--pull never'
  if try compose version; then program='docker compose'
  elif ! has_program docker-compose; then tell fault compose-missing; return 1
  else
    program=docker-compose
    case $(timeout 60 docker-compose version --short 2>/dev/null) in 1.*) no_pull='' ;; esac
  fi
}

# Makes a service what it is in a release. $1 service, $2 release, $3 how many; further arguments are for "up".
up() {
  if ! use_settings "$2" "$1" || [ ! -d "$folder/releases/$2/.compose-$1" ]; then tell fault settings-missing "$1" && return 1; fi
  said=$(compose_up "$@" 2>&1) || { compose_failed "$1"; return 1; }
  tell started "$1"
}

# In a shell of its own: what the file of variables sets may be called like anything here.
compose_up() (
  name=$1 count=$3
  export SHIPSHAPE_IMAGE="$image" SHIPSHAPE_RELEASE="$2" COMPOSE_IGNORE_ORPHANS=1
  cd "$folder/releases/$2/.compose-$1/files" || exit
  shift 3
  # shellcheck disable=SC2086 # a program and an option may be two words
  set -- timeout -s KILL 900 $program -p "$compose" -f docker-compose.yml -f ../override.json up -d --no-build --no-deps $no_pull \
    --scale "$name=$count" "$@" "$name"
  # shellcheck disable=SC1091 # it is made by us
  . ../variables
  exec "$@" </dev/null
)

compose_failed() {
  case $said in
    # Its first version reads what Docker tells no more.
    *ContainerConfig*) tell fault compose-old "$(docker-compose version --short 2>/dev/null)" ;;
    *) said=$(printf '%s\n' "$said" | tail -n 12) && failed "$1" ;;
  esac
  return 1
}

# Waits until what a release runs of a service is healthy. $1 service, $2 release.
healthy() {
  list=$(containers --filter "label=tako.service=$1" --filter "label=shipshape.release=$2") || { said='' && failed "$1"; return; }
  names=$(printf '%s\n' "$list" | awk '{ print substr($7, 2) }')
  [ -n "$names" ] || { tell fault not-healthy "$1" 'it is not there'; return 1; }
  # shellcheck disable=SC2086 # names have no blanks
  wait_healthy $names
}

# Notes what runs of a service before anything is done to it. The first note of a release counts.
note_before() {
  live "$1" || return
  before=$(printf '%s\n' "$list" | awk 'NF { print $5; exit }')
  { mkdir -p "$ours" && printf 'service %s\nbefore %s %s %s\n' "$1" "$1" "${before:--}" "$(printf '%s\n' "$list" | grep -c .)" >>"$journal"; } ||
    { tell fault disk-full "$1"; return 1; }
}
