import { say, type Clean } from '../base/clean.ts';
import type { Report } from '../operations/runner.ts';
import { endSummary, isUnfinished, isWaiting, migrationGuides, upgradeEnd } from '../words/upgrade.ts';
import type { Desk } from './desk.ts';
import { onServers, pausing } from './on-servers.ts';
import { perform } from './operate.ts';
import { resumeUpgrade } from './resume-upgrade.ts';
import type { Outcome } from './task.ts';
import { askOptions, type UpgradeRequest, type VersionedUpgrade } from './upgrade-options.ts';

/** Checks servers, asks whether they are to be upgraded, and does it as a task. */
export async function performUpgrade(desk: Desk, request: UpgradeRequest, action: Clean): Promise<void> {
  const { servers } = request.input;
  const names = servers.map(({ name }) => name);
  const way = onServers<VersionedUpgrade>(desk, {
    servers: names,
    outcome: (report, run) => outcomeOf(desk, run, report, action),
    guide: now => migrationGuides(now.input, desk.state.now.observed),
    more: now => askOptions(desk, now),
    cancelling: pausing(),
  });
  await perform(desk, request, action, way);
}

/** What became of it, and what can be done where it did not go as planned. */
function outcomeOf(desk: Desk, request: UpgradeRequest, report: Report, action: Clean): Outcome {
  const { input } = request;
  const text = upgradeEnd(input, input.to, report.verdict);
  const isGood = report.verdict.state === 'verified';
  const debugged = { ...request, input: { ...input, debug: true } };
  const retry = {
    title: say('Retry with Debug Output'),
    run: () => performUpgrade(desk, debugged, action),
  };
  const resume = { title: say('Resume Upgrade…'), run: () => resumeUpgrade(desk) };
  const { observed } = desk.state.now;
  const unfinished = input.servers.map(({ id }) => observed[id]).filter(isUnfinished);
  return {
    text,
    isGood,
    isStopped: unfinished.length > 0 && unfinished.every(isWaiting),
    summary: endSummary(report.plan.title, text, Date.now()),
    actions: isGood ? [] : unfinished.length > 0 ? [resume] : input.debug === true ? [] : [retry],
  };
}
