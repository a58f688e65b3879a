# Keeps what the given releases need to be gone back to, on the manager; base.sh of containers and of swarms stand before it. All
# arguments are ids of releases. Tells the images that only other releases named.
# shellcheck shell=sh disable=SC2154
keep=" $release $* "
mkdir -p "$ours" || { tell fault disk-full "$release"; exit 1; }
try service ls -q --filter "label=tako.project=$project" --filter "label=tako.environment=$environment" || { failed "$release"; exit 1; }
list=$said lives=' '

# What did not change belongs to this release, too, with as many of it as there are now. What was ended goes.
keep_service() {
  try service inspect -f '{{index .Spec.Labels "tako.service"}} {{with index .Spec.Labels "shipshape.release"}}{{.}}{{else}}-{{end}} {{with index .Spec.Labels "shipshape.removed"}}{{.}}{{else}}-{{end}} {{with .Spec.Mode.Replicated}}{{.Replicas}}{{else}}1{{end}}' "$1" ||
    { failed "$1"; return; }
  read -r service of removed count <<end
$said
end
  [ "$removed" != - ] || lives="$lives$of/$service "
  if [ "$removed" != - ] || [ "$service" = .once ]; then
    try service rm "$1" || { failed "$service"; return; }
    tell removed "$service"
  elif [ ! -f "$ours/$service@swarm" ] && use_stack "$of" "$service"; then
    { sed "4s/.*/replicas=$count/" "$kept" >"$ours/.settings" && mv -f "$ours/.settings" "$ours/$service@swarm"; } ||
      { tell fault disk-full "$service"; return 1; }
  fi
}
for_each keep_service || exit 1

# Only the manager knows which images what stays needs.
images=''
for each in "$folder"/releases/*; do
  case $keep in *" ${each##*/} "*) continue ;; esac
  images="$images
$(awk -F "'" 'FNR == 2 { id = $2 } FNR == 3 { print id, $2 }' "$each"/*@swarm 2>/dev/null)"
  trim_release "$each"
done
needed=$(awk -F "'" 'FNR == 2 { print $2 }' /var/lib/shipshape/deploy/*/*/releases/*/* 2>/dev/null)
tell_image() { case $needed in *"$1"*) ;; *) tell image "$1" "$2" ;; esac; }
list=$(printf '%s\n' "$images" | sort -u)
for_each tell_image
