# Removes from a server what releases that are gone back to no more had there; base.sh and images.sh of containers stand before
# it. $1 the releases that stay, with blanks between; $2, $3 and so on: ids of images, and what each was called.
# shellcheck shell=sh disable=SC2154
keep=" $release $1 "
shift
all=$(containers) || { said='' && failed "$release"; exit 1; }

# What a swarm keeps of its tasks, also of those that another program deployed. The arguments are a line of those. What is of no
# release and no task was made by somebody else.
remove_ended() {
  case $2:$keep in exited:*" $5 "* | dead:*" $5 "*) return 0 ;; exited:* | dead:*) ;; *) return 0 ;; esac
  if [ "$5" = - ]; then
    try inspect -f '{{with index .Config.Labels "com.docker.swarm.task.id"}}{{.}}{{end}}' "$1" && [ -n "$said" ] || return 0
  fi
  try rm "$1" || true # the swarm may be at it, too
}
list=$all
for_each remove_ended
find_needed || exit 1
while [ $# -gt 1 ]; do
  remove_image "$1" "$2"
  shift 2
done
