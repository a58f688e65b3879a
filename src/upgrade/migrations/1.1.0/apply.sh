#!/bin/sh
# Container logs are rotated and cleaned up, the journal is limited.
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

add_packages logrotate cron
place /etc/logrotate.d/docker
place /etc/cron.daily/tako-log-cleanup

limits=/etc/systemd/journald.conf.d/00-journal-size.conf
place "$limits"
started_after systemd-journald "$limits" || systemctl restart systemd-journald
