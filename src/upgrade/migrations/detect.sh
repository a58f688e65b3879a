# Everything that tells how this server was set up; versions.sh stands before it. It only looks. Every line is a name, a tab and
# a value, the last one is "end".
# shellcheck shell=sh
export LC_ALL=C
tell() { printf '%s\t%s\n' "$1" "$2"; }
has_program() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

tell detect 1
tell user "$(id -u)"
# shellcheck disable=SC1091 # the server's
tell system "$(. /etc/os-release 2>/dev/null && printf '%s %s' "$ID" "$VERSION_ID")"
if [ -d /run/systemd/system ]; then tell systemd yes; else tell systemd no; fi

file=/etc/tako/version.json
if [ -d /etc/tako ] && [ ! -x /etc/tako ]; then
  tell version-file closed # a file in there looks as if it were not there
elif [ ! -e "$file" ] && [ ! -L "$file" ]; then
  tell version-file absent
elif [ ! -f "$file" ]; then
  tell version-file other
elif content=$(head -c 1000000 "$file" 2>/dev/null | base64 -w 0) && [ -r "$file" ]; then
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

for each in docker traefik nginx fail2ban logrotate node-exporter; do
  version=$(component_version "$each" 2>/dev/null)
  [ -z "$version" ] || tell component "$each $version"
done

[ "$(timeout 20 docker info -f '{{.Swarm.LocalNodeState}}' 2>/dev/null)" != active ] || tell feature docker-swarm
if [ -e /etc/traefik/traefik.yml ] || timeout 20 docker ps --format '{{.Names}} {{.Image}}' 2>/dev/null | grep -q traefik; then
  tell feature traefik-proxy
fi
! has_program nginx || tell feature nginx
! has_program fail2ban-server || tell feature fail2ban
[ ! -e /etc/logrotate.d/docker ] || tell feature log-rotation

root=/var/lib/shipshape/setup
if [ -d "$root" ] && [ ! -x "$root" ]; then
  tell runs closed
elif [ -f "$root/journal" ]; then
  last=$(tail -n 1 "$root/journal" | cut -d ' ' -f 2)
  grep -F " $last " "$root/journal" | tail -n 50 | while IFS= read -r line; do tell journal "$line"; done
  if [ -e "$root/lock" ] && ! flock -n "$root/lock" true 2>/dev/null; then tell run active; fi
fi
for each in /var/backups/tako/backup-*; do
  case ${each##*/} in *.new) ;; *) [ ! -d "$each" ] || tell backup "${each##*/}" ;; esac
done
tell end 1
