# Gets ready for a service, without touching any container; base.sh and compose.sh stand before it. $1 service, $2 id of the image,
# $3 what it is called, $4 the release whose settings are used where they lie here, $5 replicas, $6 whether the new ones start
# "beside" the old ones or those stop "first", $7 what is put over the Compose file, $8 variables. Standard input: a tar archive of
# the files, the Compose file the last of them.
# shellcheck shell=sh disable=SC2154
service=$1
kept=$ours/.compose-$service
use_compose || exit 1
try image inspect -f '{{.ID}}' "$2" || { failed "$service"; exit 1; }
{ rm -rf "$kept" && mkdir -p "$kept/files"; } || { tell fault disk-full "$service"; exit 1; }
then=$folder/releases/$4
if [ -n "$4" ] && [ -d "$then/.compose-$service" ] && [ -f "$then/$service" ]; then
  cp -a "$then/.compose-$service/." "$kept" || { tell fault disk-full "$service"; exit 1; }
  use_settings "$4" "$service" && count=$replicas
else
  [ -z "$4" ] || tell today "$service"
  # What containers are given of it, others than root may read: where it lies they come by nothing else.
  if ! (umask 022 && tar -x -p -f - -C "$kept/files") || [ ! -f "$kept/files/docker-compose.yml" ]; then tell fault cut-off "$service" && exit 1; fi
  { printf %s "$7" >"$kept/override.json" && printf %s "$8" >"$kept/variables"; } || { tell fault disk-full "$service"; exit 1; }
  count=$5 order=$6
fi
# In the form of plain containers, which is read to know what images are needed.
printf "# Settings of a service; its Compose file lies beside them.\nimage='%s'\nreference='%s'\nreplicas=%s\npatience=300\norder=%s\n" "$2" "$3" "$count" "$order" >"$ours/$service" || { tell fault disk-full "$service"; exit 1; }
