# Takes an image from a registry. $1: what it is called there. $2: its name here, unless that is one by its content. Prints its id,
# its size, and what registries call it by its content.
# shellcheck shell=sh
docker pull --quiet "$1" >/dev/null </dev/null || exit 1
case $2 in "$1" | *@*) ;; *) docker tag "$1" "$2" || exit 1 ;; esac
docker image inspect --format '{{.Id}} {{.Size}} {{range .RepoDigests}}{{.}} {{end}}' "$1" || exit 1
