# Removes images that nothing needs any more; base.sh stands before it.
# shellcheck shell=sh disable=SC2154

# The images that any container or any release of any project here has. What is removed at the same moment fails a try.
find_needed() {
  try_needed || try_needed || try_needed || { said='' && failed images; return 1; }
  needed="$needed
$(awk -F "'" 'FNR == 2 { print $2 }' "${folder%/*/*}"/*/*/releases/*/* 2>/dev/null || true)" # there may be none
}

try_needed() {
  ids=$(timeout -s KILL 60 docker ps -aq --no-trunc) || return
  # shellcheck disable=SC2086 # a list of ids
  needed=$([ -z "$ids" ] || timeout -s KILL 60 docker inspect -f '{{.Image}}' $ids)
}

# A name without its tag and its digest, as Docker lists it, which leaves out what leads to its own registry.
repository_of() {
  repository=${1%%@*}
  case ${repository##*/} in *:*) repository=${repository%:*} ;; esac
  case $repository in index.docker.io/*) repository=${repository#index.} ;; esac
  repository=${repository#docker.io/}
  printf %s "${repository#library/}"
}

# $1 id, $2 what it was called. Other names than in that repository are not ours, and keep it.
remove_image() {
  case $needed in *"$1"*) return 0 ;; esac
  try image inspect -f '{{range .RepoTags}}{{println .}}{{end}}' "$1" || return 0
  tags=$said others='' called=$(repository_of "$2")
  for each in $tags; do [ "$(repository_of "$each")" = "$called" ] || others=yes; done
  for each in $tags; do [ "$(repository_of "$each")" != "$called" ] || try rmi "$each"; done
  # With its last name it has gone, unless it had none.
  [ -n "$tags" ] || [ -n "$others" ] || try rmi "$1"
  try image inspect -f '{{.ID}}' "$1" || tell image-removed "$2"
}
