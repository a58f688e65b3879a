# Tells which node of the swarm a server is, and whether it has an image: containers/base.sh stands before it. $1 id of the image.
# Further arguments are folders that containers are given, which a swarm does not make. Runs on every server.
# shellcheck shell=sh disable=SC2154
try info -f '{{.Swarm.NodeID}}' || { failed "$1"; exit 1; }
node=$said
image=$1 has=no
shift
try image inspect -f '{{.ID}}' "$image" && has=yes
for each; do [ -e "$each" ] || mkdir -p "$each" || { tell fault disk-full "$each"; exit 1; }; done
tell node "$node" "$has"
