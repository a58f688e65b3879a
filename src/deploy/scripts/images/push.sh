# Gives an image to its registry, and prints what registries call it by its content. $1: its id. $2: its name.
# shellcheck shell=sh
docker tag "$1" "$2" || exit 1
docker push --quiet "$2" >/dev/null || exit 1
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1" || exit 1
