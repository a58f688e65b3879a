#!/bin/sh
# Runs the real apply.sh of steps without changing anything, in a mount namespace of its own: every folder has an overlay that
# goes with this process, everything else cannot be written, and before the programs that act stand others, which only tell.
# 66: this server does not let that be done.
set -eu
umask 022
export LC_ALL=C
here=$(cd "${0%/*}" && pwd)
room=${here%/*}
real=$room/real
# shellcheck source=src/upgrade/migrations/dry-run/describe.sh
. "$here/describe.sh"
cannot() { echo "$*" >&2 && exit 66; }

# Mounts as they were: where they are, and of what kind.
awk '$5 !~ /\\/ { for (i = 6; $i != "-"; i++); print $5, $(i + 1) }' /proc/self/mountinfo | sort >"$room/mounts"

# Nothing that has no overlay can be written, whatever a step does. Devices stay: /dev/null is one.
while read -r each _; do
  case $each in /dev | /dev/* | "$room" | "$room"/*) continue ;; esac
  mount -n -o remount,bind,ro "$each" 2>/dev/null || [ "$each" != / ] || cannot 'the root of the file system cannot be made read-only here'
done <"$room/mounts"
mkdir "$real"
mount -n --rbind / "$real" || cannot 'folders cannot be mounted a second time here'

number=0
cover() {
  number=$((number + 1))
  mkdir -p "$room/upper/$number" "$room/work/$number"
  mount -n -t overlay overlay -o "lowerdir=$real$1,upperdir=$room/upper/$number,workdir=$room/work/$number" "$1" &&
    printf '%s %s\n' "$number" "$1" >>"$room/covered"
}
for each in /*; do
  case $each in /proc | /sys | /dev | /run | /tmp | "$room") continue ;; esac
  if [ -d "$each" ] && [ ! -L "$each" ]; then cover "$each" || cannot "the kernel makes no overlay of $each"; fi
done
# Other disks below them; not those of containers, which are many and nobody's setup.
while read -r each kind; do
  case $each in /proc/* | /sys/* | /dev/* | /run/* | /tmp/* | /var/lib/docker* | /var/lib/containerd* | /var/lib/kubelet*) continue ;; esac
  case $kind:${each#/} in
    ext[234]:*/* | xfs:*/* | btrfs:*/* | f2fs:*/* | jfs:*/* | zfs:*/* | tmpfs:*/*) cover "$each" || cannot "the kernel makes no overlay of $each" ;;
  esac
done <"$room/mounts"

# Sockets work only where they are: /run is new, with everything that is in the real one.
mount -n -t tmpfs -o mode=1777 tmpfs /tmp
mount -n -t tmpfs -o mode=755 tmpfs /run
for each in "$real"/run/* "$real"/run/.[!.]*; do
  inside=/run/${each##*/}
  if [ -L "$each" ]; then
    cp -P "$each" "$inside"
    continue
  elif [ -d "$each" ]; then
    mkdir "$inside"
  elif [ -e "$each" ]; then
    : >"$inside"
  else
    continue
  fi
  mount -n --bind "$each" "$inside"
done

# What acts, and the package that brings it where it is not there yet.
mkdir "$room/bin" "$room/memory"
while read -r each package; do
  if command -v "$each" >/dev/null; then
    ln -s "$here/stand-in.sh" "$room/bin/$each"
  else
    printf '%s %s\n' "$each" "$package" >>"$room/memory/missing"
  fi
done <<end
$(cat "$here/stand-ins")
end
chmod 755 "$here/stand-in.sh"
: >"$room/commands"
export DRY_RUN="$room" PATH="$room/bin:$PATH"

tell dry-run 1
while read -r step; do
  printf '# %s\n' "$step" >>"$room/commands"
  if ! STEP=$here/steps/$step sh "$here/steps/$step/apply.sh" </dev/null >"$room/output" 2>&1; then
    tell stopped "$step $(tail -n 1 "$room/output" | sed 's/^FAILED: //')"
    break
  fi
done <"$here/order"

# What the overlays hold.
tell_file() {
  case $1 in /var/cache/* | /var/log/* | /var/tmp/* | /var/lib/apt/*) return 0 ;; esac
  before=$(describe "$real$1") after=$(describe "$1")
  [ "$before" = "$after" ] || tell file "$(printf '%s' "$1" | base64 -w 0) $before > $after"
}
sort "$room/covered" | while read -r number folder; do
  find "$room/upper/$number" \( -type f -o -type l \) -printf '%P\n' | while IFS= read -r each; do tell_file "$folder/$each"; done
  # What is gone: whatever the folders below had that are in the overlay, and have no more.
  find "$room/upper/$number" -type d -printf '%P\n' | while IFS= read -r each; do
    below=$folder${each:+/$each}
    for was in "$real$below"/* "$real$below"/.[!.]*; do
      is=${was#"$real"}
      if [ -e "$was" ] || [ -L "$was" ]; then
        [ -e "$is" ] || [ -L "$is" ] || find "$was" ! -type d | while IFS= read -r gone; do tell_file "${gone#"$real"}"; done
      fi
    done
  done
done
while IFS= read -r each; do tell command "$each"; done <"$room/commands"
tell end 1
