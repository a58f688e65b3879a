#!/bin/sh
set -eu
# shellcheck source=src/upgrade/migrations/lib.sh
. "$STEP/../../lib.sh"

rotates() {
  systemctl is-active --quiet logrotate.timer &&
    logrotate -d /etc/logrotate.conf 2>&1 | grep -F 'rotating pattern: /var/lib/docker/containers/*/*.log'
}
# The last one counts, in whichever file it stands.
limit() { systemd-analyze cat-config systemd/journald.conf | sed -n "s/^$1=//p" | tail -n 1; }
journal_is_limited() {
  [ "$(limit SystemMaxUse)" = 500M ] && [ "$(limit SystemMaxFileSize)" = 50M ] &&
    started_after systemd-journald /etc/systemd/journald.conf.d/00-journal-size.conf
}
cleans_up() {
  systemctl is-active --quiet cron && run-parts --test /etc/cron.daily | grep -Fx /etc/cron.daily/tako-log-cleanup
}

expect log-rotation 'logrotate rotates the logs of containers every day' rotates
expect journal-limits 'the journal keeps 500 MB at most, in files of 50 MB' journal_is_limited
expect log-cleanup 'rotated container logs older than 30 days are deleted every day' cleans_up
all_met
