# What is told of a file to whoever compares it.
# shellcheck shell=sh

# type, mode, owner and content, in one word each: "f 644 0:0 BASE64", "l 777 0:0 BASE64 of where it leads", "none".
describe() {
  if [ ! -e "$1" ] && [ ! -L "$1" ]; then
    printf none
  elif [ -L "$1" ]; then
    printf 'l %s %s' "$(stat -c '%a %u:%g' "$1")" "$(readlink -n "$1" | base64 -w 0)"
  elif [ ! -f "$1" ]; then
    printf 'o %s -' "$(stat -c '%a %u:%g' "$1")"
  elif [ "$(stat -c %s "$1")" -gt 262144 ]; then
    printf 'f %s large' "$(stat -c '%a %u:%g' "$1")"
  else
    printf 'f %s %s' "$(stat -c '%a %u:%g' "$1")" "$(base64 -w 0 <"$1")"
  fi
}

tell() { printf '%s\t%s\n' "$1" "$2"; }
