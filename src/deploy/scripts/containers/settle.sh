# Keeps what the given releases need and removes what no release needs any more; base.sh and images.sh stand before it. All
# arguments are ids of releases. Only what is ours by label or journal is looked at, and nothing that runs is removed, nor an
# image that any container or any release of any project here has.
# shellcheck shell=sh disable=SC2154
keep=" $release $* "
is_kept() { case $keep in *" $1 "*) ;; *) return 1 ;; esac; }

all=$(containers) || { said='' && failed "$release"; exit 1; }
mkdir -p "$ours" || { tell fault disk-full "$release"; exit 1; }
rm -f "$folder"/releases/*/.room
lives=" $(printf '%s\n' "$all" | living | awk '{ printf "%s/%s ", $5, $6 }')"

# What did not change belongs to this release, too. The settings say how many of it there are now. Jobs live no more.
for service in $(printf '%s\n' "$all" | awk '$6 != "-" && $5 != "-" { print $6 }' | sort -u); do
  [ ! -f "$ours/$service" ] || continue
  lines=$(printf '%s\n' "$all" | awk -v service="$service" '$6 == service')
  count=$(printf '%s\n' "$lines" | living | grep -c .)
  from=$(printf '%s\n' "$lines" | living | awk '$5 != "-" { print $5; exit }')
  if [ -z "$from" ]; then
    from=$(printf '%s\n' "$lines" | awk 'NR == 1 { print $5 }') count=1
    sed -n 5p "$folder/releases/$from/$service" 2>/dev/null | grep -q "'job'\|'run'" || continue
  fi
  [ -f "$folder/releases/$from/$service" ] || continue
  # With Compose, the files that it is made of; what is half there has no settings yet.
  { { [ ! -d "$folder/releases/$from/.compose-$service" ] ||
    { rm -rf "$ours/.compose-$service" && cp -a "$folder/releases/$from/.compose-$service" "$ours"; }; } &&
    sed "4s/.*/replicas=$count/" "$folder/releases/$from/$service" >"$ours/.settings" && mv -f "$ours/.settings" "$ours/$service"; } ||
    { tell fault disk-full "$service"; exit 1; }
done

# Images and containers that the releases which go may be the last to need: "id reference" and ids.
images='' stopped=''
for each in "$folder"/releases/*; do
  ! is_kept "${each##*/}" || continue
  images="$images
$(awk -F "'" 'FNR == 2 { id = $2 } FNR == 3 { print id, $2 }' "$each"/* 2>/dev/null)"
  stopped="$stopped $(awk '$1 == "stopping" { print $3 }' "$each/.journal" 2>/dev/null | tr '\n' ' ')"
done

# The arguments are a line.
remove_unneeded() {
  [ "$(printf '%s\n' "$*" | living)" = '' ] || return 0
  if [ "$5" = - ] || is_kept "$5"; then case " $stopped " in *" $1 "*) [ "$5" = - ] || return 0 ;; *) return 0 ;; esac; fi
  try inspect -f '{{.Image}} {{.Config.Image}}' "$1" && images="$images
$said"
  try rm "$1" || { failed "${7#/}"; return; }
  tell removed "${7#/}"
}
list=$all
for_each remove_unneeded || exit 1
for each in "$folder"/releases/*; do is_kept "${each##*/}" || trim_release "$each"; done

find_needed || exit 1
list=$(printf '%s\n' "$images" | sort -u)
for_each remove_image
