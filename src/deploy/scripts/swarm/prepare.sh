# Gets ready for a service, without touching it: base.sh of containers and of swarms stand before it. $1 service, $2 id of its
# image; further arguments are programs, the first of which that is in the image is told: what its health can be asked with there.
# shellcheck shell=sh disable=SC2154
service=$1 image=$2
shift 2
limit=15
try version -f '{{.Server.Version}}' || { failed "$service"; exit 1; }
use_network || exit 1
[ $# -gt 0 ] || exit 0
limit=30
# shellcheck disable=SC2016 # the other shell's
try run --rm --network none --label "tako.project=$project" --entrypoint sh "$image" -c 'for each; do command -v "$each" && exit; done' sh "$@" ||
  exit 0
tell tool "${said##*/}"
