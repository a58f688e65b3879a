# Asks what runs of services how it is, as health checks say; base.sh and health.sh stand before it. Arguments, five for each
# service: its name, how, port, path and seconds. Only looks.
# shellcheck shell=sh disable=SC2154
# shellcheck disable=SC2034 # health.sh uses them
ask() {
  try inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$1" || return 0 # it has gone
  answers "$said" || tell unwell "$service" "$why"
}
while [ $# -ge 5 ]; do
  service=$1 probe=$2 probe_port=$3 probe_path=$4 probe_timeout=$5
  shift 5
  live "$service" && for_each ask
done
