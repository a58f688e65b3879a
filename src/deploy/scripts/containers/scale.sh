# More or fewer containers of what lives of a service; base.sh and health.sh stand before it. $1 service, $2 how many.
# shellcheck shell=sh disable=SC2154
service=$1
live "$service" || exit 1
there=$list
releases=$(printf '%s\n' "$there" | awk 'NF && $5 != "-" { print $5 }' | sort -u)
# Where nothing lives, it may have been scaled to nothing; else it is not meant to be here.
[ -n "$there" ] || releases=$(ls "$folder/releases" 2>/dev/null)
from=
for each in $releases; do
  file=$folder/releases/$each/$service
  [ ! -f "$file" ] || [ -n "$(find "$from" -newer "$file" 2>/dev/null)" ] || from=$file
done
if [ -z "$there" ] && [ "$(sed -n 4p "${from:-/dev/null}")" != replicas=0 ]; then
  tell absent "$service"
  exit 0
fi
[ -n "$from" ] || { tell fault settings-missing "$service"; exit 1; }
{ mkdir -p "$ours" && sed "4s/.*/replicas=$2/" "$from" >"$ours/$service" && printf 'service %s\n' "$service" >>"$journal"; } ||
  { tell fault disk-full "$service"; exit 1; }
use_settings "$release" "$service"
names='' slot=0 count=$(printf '%s\n' "$there" | grep -c .)
while [ "$count" -lt "$replicas" ]; do
  slot=$((slot + 1))
  ! printf '%s\n' "$there" | awk -v slot="$slot" '$4 == slot { found = 1 } END { exit !found }' || continue
  make "$slot" || exit 1
  names="$names $name" count=$((count + 1))
done
# shellcheck disable=SC2086 # names have no blanks
wait_healthy $names || exit 1
[ "$count" -gt "$replicas" ] || exit 0
list=$(printf '%s\n' "$there" | tail -n "$((count - replicas))")
for_each stop_container || exit 1
