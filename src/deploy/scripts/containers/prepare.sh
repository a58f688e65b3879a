# Gets ready for a service, without touching any container: base.sh stands before it. $1 service, $2 id of the image, $3 what it
# is called, $4 the release whose settings are used where they lie here, $5 replicas. Standard input: the settings of today.
# shellcheck shell=sh disable=SC2154
service=$1
# Room for putting back where the disk gets full meanwhile; of bytes that no disk makes smaller.
{ mkdir -p "$ours" && { [ -e "$ours/.room" ] || head -c 4194304 /dev/urandom >"$ours/.room"; }; } ||
  { rm -f "$ours/.room" && tell fault disk-full "$service"; exit 1; }
cat >"$ours/.today" || { tell fault disk-full "$service"; exit 1; }
# A line that was lost in the middle leaves half of them.
[ "$(tail -n 1 "$ours/.today")" = '# whole' ] || { tell fault cut-off "$service"; exit 1; }
limit=15
try version -f '{{.Server.Version}}' || { failed "$service"; exit 1; }
limit=60
try image inspect -f '{{.ID}}' "$2" || { failed "$service"; exit 1; }
if [ -n "$4" ] && [ -f "$folder/releases/$4/$service" ]; then
  kept=$folder/releases/$4/$service
  count=$(sed -n 's/^replicas=//p' "$kept" | head -n 1)
else
  [ -z "$4" ] || tell today "$service"
  kept=$ours/.today count=$5
fi
# The first lines are by their numbers: values further down may look like anything.
write() {
  printf "# Secret: settings of a service with their values.\nimage='%s'\nreference='%s'\nreplicas=%s\n" "$2" "$3" "$count"
  if [ "$kept" = "$ours/.today" ]; then cat "$kept"; else tail -n +5 "$kept"; fi
}
{ write "$@" >"$ours/.settings" && mv -f "$ours/.settings" "$ours/$service" && rm -f "$ours/.today" &&
  printf 'service %s\n' "$service" >>"$journal"; } || { tell fault disk-full "$service"; exit 1; }
try network inspect "$network" || try network create --label "tako.project=$project" --label "tako.environment=$environment" "$network" ||
  { failed "$network"; exit 1; }
use_settings "$release" "$service"
tell plan "$kind" "$order" "$strategy"
