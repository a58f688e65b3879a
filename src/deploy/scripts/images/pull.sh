# Takes an image from a registry. $1: what it is called there. $2: its name here. Prints its id, its size, and what it is called
# by its content.
# shellcheck shell=sh
docker pull --quiet "$1" >/dev/null </dev/null || exit 1
[ "$1" = "$2" ] || docker tag "$1" "$2" || exit 1
docker image inspect --format '{{.Id}} {{.Size}} {{range .RepoDigests}}{{.}} {{end}}' "$1" || exit 1
