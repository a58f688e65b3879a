# Starts a container of this release's image that runs a command once; base.sh stands before it. It has what the service has, but
# its name in the network, its ports and its labels. $1 service, then the command.
# shellcheck shell=sh disable=SC2154
service=$1 entrypoint=$2
shift 2
use_settings "$release" "$service" || { tell fault settings-missing "$service"; exit 1; }
name=$(name_of "$service" once)

# Puts the first $1 arguments after the others, and runs that.
rotate() {
  count=$1
  shift
  while [ "$count" -gt 0 ]; do
    first=$1 count=$((count - 1))
    shift
    set -- "$@" "$first"
  done
  "$@"
}

try inspect -f '{{index .Config.Labels "shipshape.release"}}' "$name" && [ "$said" = "$release" ] && try rm -f "$name"
said=$(environment | with_options with_image rotate "$#" "$@" run_docker create --env-file /dev/stdin --name "$name" \
  --network "$network" --entrypoint "$entrypoint" --label "tako.project=$project" --label "tako.environment=$environment" \
  --label "shipshape.release=$release" 2>&1 >/dev/null) || { failed "$name"; exit 1; }
try start "$name" || { failed "$name"; exit 1; }
tell started "$name"
