# Takes an image from the standard input, and gives it its name. $1: the id that it has to have. $2: its name; one by its content
# can only come from a registry.
# shellcheck shell=sh
docker load --quiet >/dev/null || exit 1
docker image inspect --format ok "$1" >/dev/null 2>&1 || { echo 'It came with another id.' >&2 && exit 4; }
case $2 in *@*) ;; *) docker tag "$1" "$2" || exit 1 ;; esac
