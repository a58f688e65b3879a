# The overlay networks of this swarm's services, and their encrypted successors.
# shellcheck shell=sh

manages_swarm() { [ "$(docker info -f '{{.Swarm.ControlAvailable}}' 2>/dev/null)" = true ]; }

# The networks that are to be replaced: overlays named tako…, made without encryption.
plain_networks() {
  docker network ls --filter driver=overlay --format '{{.Name}}' | grep '^tako' | while read -r each; do
    docker network inspect -f '{{json .Options}}' "$each" | grep -q '"encrypted"' || echo "$each"
  done
}

network_exists() { docker network ls --filter driver=overlay --format '{{.Name}}' | grep -qFx "$1"; }

# The aliases that a service has in a network, by the network's id or name; nothing at all where it is not in it.
aliases() {
  docker service inspect -f '{{range .Spec.TaskTemplate.Networks}}{{.Target}} -{{range .Aliases}} {{.}}{{end}}{{println}}{{end}}' "$1" |
    grep -E "^($2|$(docker network inspect -f '{{.Id}}' "$2")) " | sed 's/^[^ ]* //' || true
}

# Services in a network.
services_in() {
  docker service ls -q | while read -r each; do
    [ -z "$(aliases "$each" "$1")" ] || docker service inspect -f '{{.Spec.Name}}' "$each"
  done
}

# Changes one service and waits for its tasks. A new task starts before the old one stops, where they share no port.
update_service() {
  service=$1
  shift
  order=start-first
  docker service inspect -f '{{range .Spec.EndpointSpec.Ports}}{{.PublishMode}} {{end}}' "$service" | grep -q host && order=stop-first
  before=$(docker service inspect -f '{{with .Spec.UpdateConfig}}{{.Order}}{{end}}' "$service")
  docker service update --quiet --detach=false --update-order "$order" "$@" "$service" >/dev/null </dev/null
  docker service update --quiet --detach --update-order "${before:-stop-first}" "$service" >/dev/null </dev/null
}

# Moves every service from one network to another: into the new one first, one by one, so that they always reach each other.
move_services() {
  for service in $(services_in "$1"); do
    [ -n "$(aliases "$service" "$2")" ] || {
      names=name=$2
      for each in $(aliases "$service" "$1" | sed 's/^-//'); do names=$names,alias=$each; done
      update_service "$service" --network-add "$names"
    }
    if [ "$(docker service inspect -f '{{index .Spec.Labels "traefik.docker.network"}}' "$service")" = "$1" ]; then
      docker service update --quiet --detach --label-add "traefik.docker.network=$2" "$service" >/dev/null </dev/null
    fi
  done
  for service in $(services_in "$1"); do update_service "$service" --network-rm "$1"; done
}

# Tasks that have just ended hold a network for some seconds; one that is removed is listed until the last of them lets go.
remove_network() {
  tries=60
  while network_exists "$1"; do
    docker network rm "$1" >/dev/null 2>&1 || true
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "the network $1 is still in use"
    sleep 1
  done
}
