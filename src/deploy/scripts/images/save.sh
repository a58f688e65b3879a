# Prints an image as an archive, compressed. $1: its id.
# shellcheck shell=sh
exec 3>&1
# An archive that ends early is a whole one to gzip.
code=$({ { docker save "$1"; echo $? >&4; } | gzip -1 >&3; } 4>&1)
exit "$code"
