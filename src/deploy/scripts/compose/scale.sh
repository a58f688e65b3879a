# More or fewer of what lives of a service; base.sh, health.sh and compose.sh stand before it. $1 service, $2 how many.
# shellcheck shell=sh disable=SC2154
use_compose && note_before "$1" || exit 1
[ -n "$before" ] || { tell absent "$1"; exit 0; }
up "$1" "$before" "$2" --no-recreate && healthy "$1" "$before" || exit 1
# This release can be gone back to.
{ cp -a "$folder/releases/$before/.compose-$1" "$ours" && sed "4s/.*/replicas=$2/" "$folder/releases/$before/$1" >"$ours/$1"; } ||
  { tell fault disk-full "$1"; exit 1; }
