# The images that a server has, and the room that there is for more, in KB. Ends with 3 where Docker does not answer.
# shellcheck shell=sh
folder=$(docker info --format '{{.DockerRootDir}}') || exit 3
[ -n "$folder" ] || exit 3
df -Pk "$folder" | awk 'END { print "room", $4 }'
docker image ls --all --quiet --no-trunc | sort -u | sed 's/^/image /'
