#!/bin/sh
# Whether this step can be undone now. It only looks.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

# Debian's package takes all of Docker's data along.
if grep -qx docker.io "$STEP/packages.added" 2>/dev/null && docker_answers && [ -n "$(docker ps -aq; docker volume ls -q)" ]; then
  fail 'Docker would go with this step, and there are containers or volumes: remove them first'
fi
