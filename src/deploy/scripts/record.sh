# Tells the network and the volumes of an environment: $1 project, $2 environment. Only looks.
# shellcheck shell=sh
for network in "tako_$1_$2-encrypted" "tako_$1_$2"; do
  ! docker network inspect -f 'network	{{.Name}}	{{.Driver}}	{{.Id}}' "$network" 2>/dev/null || break
done
docker ps -q --filter "label=tako.project=$1" --filter "label=tako.environment=$2" |
  xargs -r docker inspect -f '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{println}}{{end}}{{end}}' |
  sort -u | while read -r volume; do
    [ -z "$volume" ] || docker volume inspect -f 'volume	{{.Name}}	{{.Driver}}	{{.Mountpoint}}' "$volume"
  done
