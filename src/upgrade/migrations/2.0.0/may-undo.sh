#!/bin/sh
# Whether this step can be undone now. It only looks.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"
# shellcheck source=src/upgrade/migrations/2.0.0/networks.sh
. "$STEP/networks.sh"

if [ -s "$STEP/networks" ]; then
  manages_swarm || fail 'this server does not manage its swarm any more, so the networks cannot be made as they were'
fi
