# Everything that a server can say about itself, in one go; versions.sh stands before it. It only looks. Every line is a name, a
# tab and a value, the last one is "end". What hangs, or may not be read, is left out.
# shellcheck shell=sh
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
until=$(($(date +%s) + 10))

tell() { printf '%s\t%s\n' "$1" "$2"; }
tell_lines() { awk -v name="$1" '{ print name "\t" $0 }'; }
has_program() { command -v "$1" >/dev/null 2>&1; }

# Runs a program that may hang: a dead network disk, a Docker that does not answer. All of them together take 10 seconds.
within() {
  left=$((until - $(date +%s)))
  [ "$left" -gt 0 ] || return 1
  [ "$left" -lt 5 ] || left=5
  timeout -s KILL "$left" "$@" </dev/null 2>/dev/null
}

# Whether somebody has locked a file with flock. To see that takes it for a moment, shared with others who look.
is_locked() {
  [ -r "$1" ] || return 1
  within flock -n -s -E 9 "$1" true
  [ $? = 9 ]
}

# The process that holds a lock on a file as apt takes them.
holder() {
  inode=$(stat -c %i "$1" 2>/dev/null) || return 1
  process=$(awk -v inode=":$inode\$" '$2 == "POSIX" && $6 ~ inode { print $5; exit }' /proc/locks) && [ -n "$process" ] || return 1
  printf '%s (%s)' "$(head -n 1 "/proc/$process/comm" 2>/dev/null)" "$process"
}

tell begin 1
tell time "$(date +%s.%N)"
tell user "${SUDO_USER:-$(id -un)}"
tell account "$(id -u)"
tell system "$(sed -n 's/^ID=//p' /etc/os-release) $(sed -n 's/^VERSION_ID=//p' /etc/os-release)" 2>/dev/null
[ ! -d /run/systemd/system ] || tell systemd yes

# --- How it was set up ------------------------------------------------------------------------------------------------------

file=/etc/tako/version.json
if [ -d /etc/tako ] && [ ! -x /etc/tako ]; then
  tell version-file closed # a file in there looks as if it were not there
elif [ ! -e "$file" ] && [ ! -L "$file" ]; then
  tell version-file absent
elif [ ! -f "$file" ]; then
  tell version-file other
elif [ -r "$file" ] && content=$(head -c 1000000 "$file" | base64 | tr -d '\n'); then
  tell version-file file
  tell version-json "$content"
  tell version-digest "$(sha256sum <"$file" | cut -d ' ' -f 1)"
else
  tell version-file closed
fi
[ ! -e /etc/tako/setup.complete ] || tell setup-complete "$(stat -c %Y /etc/tako/setup.complete 2>/dev/null)"
for each in /etc/systemd/system/takod.service /lib/systemd/system/takod.service /usr/local/bin/takod /run/tako/takod.sock; do
  [ ! -e "$each" ] || tell takod "$each"
done
for each in nginx fail2ban logrotate node-exporter; do
  version=$(component_version "$each" 2>/dev/null)
  [ -z "$version" ] || tell component "$each $version"
done
[ ! -e /etc/traefik/traefik.yml ] || tell feature traefik-proxy
! has_program nginx || tell feature nginx
! has_program fail2ban-server || tell feature fail2ban
[ ! -e /etc/logrotate.d/docker ] || tell feature log-rotation

root=/var/lib/shipshape/setup
if [ -r "$root/journal" ]; then
  last=$(tail -n 1 "$root/journal" | cut -d ' ' -f 2)
  grep -F " $last " "$root/journal" | tail -n 50 | tell_lines journal
  ! is_locked "$root/lock" || tell run active
fi
within ls /var/backups/tako | tail -n 500 | tell_lines backup
within ls "$root/store" | head -n 5000 | tell_lines stored

# --- How it is --------------------------------------------------------------------------------------------------------------

for each in / /var/lib/docker /var/backups /boot; do
  within df -P -k "$each" | sed 1d | tell_lines disk
  within df -P -i "$each" | sed 1d | tell_lines inodes
done
tell memory "$(awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { available = $2 } END { print total, available }' /proc/meminfo)"
tell load "$(cut -d ' ' -f 1-3 /proc/loadavg)"
tell uptime "$(cut -d ' ' -f 1 /proc/uptime)"
tell processors "$(nproc)"
if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then tell reboot-required yes; fi
for each in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
  if process=$(holder "$each"); then tell packages "$process"; fi
done
# Environments with the releases that are kept, and who holds them: the time now, that of the last sign of life, whether a
# script is at work.
deploy=${deploy_here:-/var/lib/shipshape/deploy}
[ -z "${deploy_here-}" ] || tell own-deployments yes
within find "$deploy" -mindepth 2 -maxdepth 2 -type d | head -n 100 | while IFS= read -r each; do
  name=${each#"$deploy/"}
  tell deployed "$name $(within ls -t "$each/releases" | head -n 50 | tr '\n' ' ')"
  [ -s "$each/holder" ] || continue
  busy=no
  ! is_locked "$each/lock" || busy=yes
  tell hold "$name $(date +%s) $(stat -c %Y "$each/holder") $busy $(head -c 4000 "$each/holder" | base64 | tr -d '\n')"
done
within find /var/lib/tako -maxdepth 6 -type f -path '*lease*' -name '*.json' | head -n 50 | while IFS= read -r each; do
  tell lease "$(head -c 4000 "$each" | base64 | tr -d '\n')"
done

# --- What runs there --------------------------------------------------------------------------------------------------------

# Parts of what docker inspect says, in the same form: without environments, which hold secrets. The fields are Go's: what it
# does not know, such as .Id, it takes from the JSON, where a missing health is an error.
# shellcheck disable=SC2016 # Docker's names, not the shell's
CONTAINER='{"Id":{{json .ID}},"Name":{{json .Name}},"Image":{{json .Image}},"RestartCount":{{.RestartCount}},"State":{"Status":{{json .State.Status}},"StartedAt":{{json .State.StartedAt}},"Health":{"Status":{{if .State.Health}}{{json .State.Health.Status}}{{else}}null{{end}}}},"Networks":[{{range $name, $_ := .NetworkSettings.Networks}}{{json $name}},{{end}}null],"Config":{"Image":{{json .Config.Image}},"Labels":{{json .Config.Labels}}}}'
SERVICE='{"ID":{{json .ID}},"Spec":{"Name":{{json .Spec.Name}},"Labels":{{json .Spec.Labels}},"TaskTemplate":{"ContainerSpec":{"Image":{{json .Spec.TaskTemplate.ContainerSpec.Image}}},"Networks":[{{range .Spec.TaskTemplate.Networks}}{{json .Target}},{{end}}null]}},"UpdateStatus":{"State":{{if .UpdateStatus}}{{json .UpdateStatus.State}}{{else}}null{{end}}}}'
# What a service was given by its deployment, with the digest that was left of it (givenTo in stack.ts), and what it has now. As
# hexadecimal digits each part is one word.
# shellcheck disable=SC2016 # as above
GIVEN='{{with index .Spec.Labels "shipshape.given"}}{{$.ID}} {{.}}{{with $.Spec.TaskTemplate.ContainerSpec}}{{range .Env}} v{{printf "%x" .}}{{end}}{{range $at, $each := .Command}} e{{$at}}.{{printf "%x" $each}}{{end}}{{range $at, $each := .Args}} c{{$at}}.{{printf "%x" $each}}{{end}}{{end}}{{end}}'

# Those that are another one by now. What they have stays here.
tell_by_hand() {
  while read -r id digest given; do
    # shellcheck disable=SC2086 # a list of words
    now=$(printf '%s\n' $given | LC_ALL=C sort | sha256sum | cut -d ' ' -f 1)
    [ "$now" = "$digest" ] || tell by-hand "$id $now"
  done
}

ask_docker() {
  info=$(within docker info -f '{"version":{{json .ServerVersion}},"swarm":{{json .Swarm.LocalNodeState}},"manager":{{json .Swarm.ControlAvailable}}}') || return 1
  ids=$(within docker ps -aq --no-trunc) || return 1
  tell docker "$info"
  tell containers "$(printf '%s\n' "$ids" | grep -c .)"
  # shellcheck disable=SC2046 # a list of ids
  [ -z "$ids" ] || within docker inspect -f "$CONTAINER" $(printf '%s\n' "$ids" | head -n 500) | tell_lines container
  if images=$(within docker image ls --no-trunc --format '{{.ID}} {{.Size}} {{.Repository}}:{{.Tag}}'); then
    tell images newest
    printf '%s\n' "$images" | head -n 500 | tell_lines image
  fi
  case $info in *'"manager":true'*) ;; *) return 0 ;; esac
  within docker node ls --format '{{json .}}' | head -n 500 | tell_lines node
  networks=$(within docker network ls -q --filter driver=overlay | head -n 500)
  # shellcheck disable=SC2046,SC2086 # a list of ids
  [ -z "$networks" ] || within docker network inspect -f '{"Id":{{json .Id}},"Name":{{json .Name}},"Ingress":{{json .Ingress}},"Options":{{json .Options}}}' $networks | tell_lines network
  tasks=$(within docker service ls --format '{{.ID}} {{.Replicas}}') || tell docker-partly services
  tasks=$(printf '%s\n' "$tasks" | head -n 500)
  printf '%s\n' "$tasks" | tell_lines tasks
  # shellcheck disable=SC2046 # a list of ids
  [ -z "$tasks" ] || within docker service inspect -f "$SERVICE" $(printf '%s\n' "$tasks" | cut -d ' ' -f 1) | tell_lines service
  # shellcheck disable=SC2046 # a list of ids
  [ -z "$tasks" ] || within docker service inspect -f "$GIVEN" $(printf '%s\n' "$tasks" | cut -d ' ' -f 1) | grep . | tell_by_hand
  # shellcheck disable=SC2046 # a list of ids
  [ -z "$tasks" ] || within docker service ps --no-trunc --filter desired-state=running --format '{{json .}}' $(printf '%s\n' "$tasks" | cut -d ' ' -f 1) | head -n 2000 | tell_lines task
}

# None is told only where none is known to be there: with time left.
ask_compose() {
  if compose=$(within docker compose version --short) || compose=$(within docker-compose version --short); then
    tell compose "$compose"
  elif within true; then
    tell compose none
  fi
}

if ! has_program docker; then
  :
elif ask_docker; then
  ask_compose
else
  tell docker silent
  tell docker-program "$(within docker --version | sed 's/.*version \([^ ,]*\).*/\1/')"
fi

tell time "$(date +%s.%N)"
tell end 1
