# Prints what registries call an image by its content. $1: its id.
# shellcheck shell=sh
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1"
