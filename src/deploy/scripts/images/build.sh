# Builds an image of the archive on the standard input. $1: its name. $2: the Dockerfile in the archive. $3: the stage of it,
# or ''. Then the arguments of the build, NAME=VALUE. Its last line is "image", the id and the size. A step of the build that
# fails is 1 here, because other codes have a meaning of their own.
# shellcheck shell=sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
name=$1 file=$2 stage=$3
shift 3
(
  count=$#
  set -- "$@" --iidfile "$work/id" --file "$file" ${stage:+--target "$stage"}
  # What is exported can be read by root only; a command line by everybody.
  while [ "$count" -gt 0 ]; do
    argument=$1 count=$((count - 1))
    shift
    # Names that mean something to programs, or that some shells let nobody change, stay on the command line.
    case ${argument%%=*} in
      '' | [0-9]* | *[!A-Za-z0-9_]* | PATH | HOME | IFS | LD_* | DOCKER_* | BUILDKIT_* | \
        UID | EUID | PPID | SHELLOPTS | BASH* | argument | count)
        set -- "$@" --build-arg "$argument" ;;
      *)
        set -- "$@" --build-arg "${argument%%=*}"
        export "${argument?}" ;;
    esac
  done
  exec docker build "$@" -
) || exit 1
id=$(cat "$work/id") || exit 1
docker tag "$id" "$name" || exit 1
docker image inspect --format 'image {{.Id}} {{.Size}}' "$id" || exit 1
