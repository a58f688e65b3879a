# What the scripts of all steps share. STEP is the folder of the step that runs, on the server.
# shellcheck shell=sh
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 # needrestart would restart dockerd

# The last line of a script that fails.
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# --- Asking -----------------------------------------------------------------------------------------------------------------

# Asks for the observable result of a feature: expect FEATURE SENTENCE COMMAND...
expect() {
  feature=$1 result=$2
  shift 2
  if "$@" >/dev/null 2>&1; then
    printf 'ok %s: %s\n' "$feature" "$result"
  else
    printf 'not %s: %s\n' "$feature" "$result"
    unmet="${unmet:+$unmet; }$feature ($result)"
  fi
}

# Ends a verify.sh.
all_met() { [ -z "${unmet:-}" ] || fail "verification failed: $unmet"; }

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Whether a service runs since these files took their present form: started_after UNIT FILE...
started_after() {
  started=$(systemctl show -p ActiveEnterTimestampMonotonic --value "$1")
  systemctl is-active --quiet "$1" || return 1
  shift
  read -r up _ </proc/uptime
  for each in "$@"; do
    changed=$(stat -c %.6Z "$each") || return 1
    now=$(date +%s.%6N)
    awk "BEGIN { exit !($now - $up + $started / 1e6 >= $changed - 0.05) }" || return 1
  done
}

# What a port of this server answers: the status, then the body. http PORT PATH. bash is the one program for it that every Debian has.
http() {
  # shellcheck disable=SC2016 # bash expands it
  timeout 10 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" &&
    printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$2" >&3 &&
    read -r _ status _ <&3 && echo "$status" && sed "1,/^\r\$/d" <&3' bash "$1" "$2" 2>/dev/null
}

# Tries a command for 10 seconds, for what has only just started.
soon() {
  tries=50
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.2
  done
}

docker_answers() { command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1; }

# The containers that are Traefik, by name or image.
traefik_containers() {
  docker ps --format '{{.ID}} {{.Names}} {{.Image}}' 2>/dev/null |
    awk '{ image = $3; sub(/.*\//, "", image); if ($2 ~ /^traefik([._-]|$)/ || image ~ /^traefik(:|@|$)/) print $1 }'
}

# Whether a container runs since a file took its present form.
runs_since() {
  started=$(docker inspect -f "{{.State.StartedAt}}" "$1") && [ "$(date -d "$started" +%s%3N)" -ge "$(date -d "$(stat -c %z "$2")" +%s%3N)" ]
}

# --- Files ------------------------------------------------------------------------------------------------------------------

# Puts a file of the step where it belongs, unless it stands there so. What begins with #! can be run.
place() {
  place_text "$1" <"$STEP/files$1"
}

# The same for a text made here, from the standard input.
place_text() {
  mkdir -p "${1%/*}"
  new=${1%/*}/.${1##*/}.dpkg-new # a name that cron, logrotate and the like pass over
  cat >"$new"
  case $(head -c 2 "$new") in '#!') mode=755 ;; *) mode=644 ;; esac
  chmod "$mode" "$new"
  chown root:root "$new"
  take_over "$new" "$1"
}

# A new text for a file that is there and keeps its mode and owner, from the standard input. A link is followed.
amend() {
  file=$(readlink -f "$1")
  new=${file%/*}/.${file##*/}.dpkg-new
  cat >"$new"
  chmod --reference="$file" "$new"
  chown --reference="$file" "$new"
  take_over "$new" "$file"
}

take_over() {
  if [ ! -L "$2" ] && cmp -s "$1" "$2" && [ "$(stat -c %a:%u:%g "$1")" = "$(stat -c %a:%u:%g "$2")" ]; then
    rm "$1"
  else
    sync "$1"
    mv -T "$1" "$2"
  fi
}

# What stands below a root at paths, one line for each thing with type, mode, owner, group and link, then the digests.
# listing ROOT <PATHS
listing() (
  cd "$1" || exit 1
  while IFS= read -r each; do
    if [ -e ".$each" ] || [ -L ".$each" ]; then
      find ".$each" -printf '%y %m %U %G %p -> %l\n' -type f -exec sha256sum {} + ||
        echo "unreadable at $(date +%s.%N): $each" # is like no other listing
    fi
  done | sort
)

# Keeps what stands at paths, or that nothing does, and reads it back: keep FOLDER <PATHS. Whole or not at all; each failure is
# looked at, because whoever asks how this ended switches `set -e` off in it.
keep() {
  kept=$1
  rm -rf "$kept.new"
  mkdir -p "$kept.new/files" && chmod 700 "$kept.new" && sort -u >"$kept.new/paths" && true >"$kept.new/absent" || return 1
  while IFS= read -r each; do
    if [ -e "$each" ] || [ -L "$each" ]; then
      cp -a --parents "$each" "$kept.new/files" || return 1
    else
      # Also how many of its folders were not there.
      above=${each%/*} missing=0
      while [ -n "$above" ] && [ ! -e "$above" ]; do above=${above%/*} missing=$((missing + 1)); done
      printf '%s %s\n' "$missing" "$each" >>"$kept.new/absent" || return 1
    fi
  done <"$kept.new/paths"
  listing / <"$kept.new/paths" >"$kept.new/manifest" && is_whole "$kept.new" && sync && mv -T "$kept.new" "$kept"
}

# Whether what was kept is as its manifest says.
is_whole() { listing "$1/files" <"$1/paths" | cmp -s - "$1/manifest"; }

# Makes everything below a root as it was kept, and takes away what was not there, also what was to take its place:
# put_back FOLDER [ROOT]
put_back() {
  kept=$1 below=${2:-}
  is_whole "$kept" || fail "what was kept in $kept is not whole"
  while IFS= read -r each; do
    missing=${each%% *} each=${each#* }
    rm -f "$below${each%/*}/.${each##*/}.dpkg-new"
    if [ -d "$below$each" ] && [ ! -L "$below$each" ]; then rmdir "$below$each" || true; else rm -f "$below$each"; fi
    while [ "$missing" -gt 0 ]; do
      each=${each%/*} missing=$((missing - 1))
      rmdir "$below$each" 2>/dev/null || [ ! -e "$below$each" ] || break # it holds what somebody else put there
    done
  done <"$kept/absent"
  while IFS= read -r each; do
    [ -e "$kept/files$each" ] || [ -L "$kept/files$each" ] || continue
    mkdir -p "$below${each%/*}"
    if [ -d "$kept/files$each" ] && [ ! -L "$kept/files$each" ]; then
      cp -a "$kept/files$each/." "$below$each/"
    else
      cp -a --remove-destination "$kept/files$each" "$below${each%/*}/.${each##*/}.dpkg-new"
      mv -T "$below${each%/*}/.${each##*/}.dpkg-new" "$below$each"
      if [ -z "$below" ] && file=$(readlink -f "$each"); then rm -f "${file%/*}/.${file##*/}.dpkg-new"; fi # see amend
    fi
  done <"$kept/paths"
  listing "$below/" <"$kept/paths" | cmp -s - "$kept/manifest" || fail "not everything is as it was kept in $kept"
}

# --- Packages ---------------------------------------------------------------------------------------------------------------

# Also those of which an installation or a removal was cut off.
present_packages() {
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | grep -v '^\(not-installed\|config-files\) ' | cut -d ' ' -f 2 | sort
}

accounts() { { getent passwd | sed 's/^\([^:]*\).*/user \1/'; getent group | sed 's/^\([^:]*\).*/group \1/'; } | sort; }

apt_get() {
  apt-get -qy -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# What was cut off in the middle: some of it only dpkg puts right, some only apt.
mend_packages() {
  [ -z "$(dpkg --audit)" ] || dpkg --configure -a || true
  [ -z "$(dpkg --audit)" ] || apt_get -f install || true
}

# Installs what is missing of these packages, and remembers what came with them.
add_packages() {
  missing=
  for each in "$@"; do installed "$each" || missing="$missing $each"; done
  if [ -n "$missing" ]; then
    if [ ! -e "$STEP/packages.before" ]; then
      accounts >"$STEP/accounts.before"
      present_packages >"$STEP/packages.new"
      mv "$STEP/packages.new" "$STEP/packages.before"
    fi
    rm -f "$STEP/packages.added"
    mend_packages
    # shellcheck disable=SC2086 # a list of names
    apt_get install --no-install-recommends $missing ||
      { apt_get -o APT::Update::Error-Mode=any update && apt_get install --no-install-recommends $missing; } ||
      fail "the packages$missing could not be installed"
  fi
  [ ! -e "$STEP/packages.before" ] || [ -e "$STEP/packages.added" ] || came
}

came() {
  present_packages | comm -13 "$STEP/packages.before" - >"$STEP/packages.new"
  mv "$STEP/packages.new" "$STEP/packages.added"
}

# Removes what add_packages brought, and the accounts that came with it. dpkg refuses where something else needs one of them.
remove_packages() {
  [ -e "$STEP/packages.before" ] || return 0
  mend_packages
  # An installation that was cut off could not say what came.
  [ -e "$STEP/packages.added" ] || came
  # All that dpkg still knows: a removal that was cut off is done again.
  added=$(while IFS= read -r each; do dpkg-query -W -f '${binary:Package} ' "$each" 2>/dev/null || true; done <"$STEP/packages.added")
  if [ -n "$added" ]; then
    # shellcheck disable=SC2086 # a list of names
    dpkg --purge --force-remove-reinstreq $added || fail "the packages could not be removed: $added"
  fi
  # A removal on a full disk can leave links to units that are gone.
  find /etc/systemd/system -path '*.wants/*' -xtype l -newer "$STEP/packages.before" -delete
  accounts | comm -13 "$STEP/accounts.before" - | sort -r | while read -r kind each; do
    case $kind in
      user) userdel "$each" ;;
      group) ! getent group "$each" >/dev/null || groupdel "$each" ;;
    esac
  done
  rm -f "$STEP/packages.before" "$STEP/packages.added" "$STEP/accounts.before"
}

# Whether the person asked for what is optional.
wanted() { grep -qFx "$1" "$STEP/../../options"; }
