/** What the documents say that are used here, one function for each kind. */
import { clean, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { TakodCheck, TakodDeployment, TakodDrift, TakodService, TakodState } from '../../state/takod.ts';

/** What a deployment would do, as tako has planned it. */
export interface DeployPlan {
  readonly revision: Clean;
  readonly git?: { readonly commit: Clean; readonly branch?: Clean; readonly dirty: boolean };
  readonly servers: readonly Clean[];
  readonly services: readonly Clean[];
  readonly changes: readonly PlannedChange[];
  readonly destructive: boolean;
  readonly empty: boolean;
}

export interface PlannedChange {
  /** `add`, `update`, `remove`. */
  readonly type: Clean;
  readonly service: Clean;
  readonly reasons: readonly Clean[];
  /** Run once: before the service is changed, or instead of one that stays. */
  readonly commands: readonly Clean[];
}

export function deployPlan(fields: Fields): DeployPlan {
  const git = fields.object('git');
  const commit = git.text('commit') ?? git.text('commitShort');
  const branch = git.text('branch');
  return {
    revision: fields.text('revision') ?? clean(''),
    ...(commit !== undefined && {
      git: { commit, dirty: git.flag('dirty') ?? false, ...(branch !== undefined && { branch }) },
    }),
    servers: fields.texts('servers'),
    services: fields.texts('services'),
    changes: fields.list('changes').map(change => ({
      type: change.text('type') ?? clean('update'),
      service: change.text('service') ?? clean(''),
      reasons: change.texts('reasons'),
      commands: [change.texts('releaseCommand'), change.texts('runCommand')]
        .filter(words => words.length > 0)
        .map(words => clean(words.join(' '))),
    })),
    // A plan that does not say is judged as one that is.
    destructive: fields.flag('destructive') ?? true,
    empty: fields.flag('empty') ?? false,
  };
}

/** What deploying or going back came to. */
export interface TakoResult {
  readonly status?: Clean;
  readonly error?: Clean;
  readonly services: readonly { readonly name: Clean; readonly action: Clean; readonly error?: Clean }[];
  readonly urls: readonly Clean[];
  /** What a person has to do by hand. */
  readonly manual: readonly Clean[];
}

/** Of a `DeployResult`. */
export function deployResult(fields: Fields): TakoResult {
  const [status, error] = [fields.text('status'), fields.text('error', 1_000)];
  return {
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    services: fields.list('services').map(each => {
      const why = each.text('error', 1_000);
      return {
        name: each.text('name') ?? clean(''),
        action: each.text('action') ?? clean(''),
        ...(why !== undefined && { error: why }),
      };
    }),
    urls: fields.texts('urls'),
    manual: fields.texts('manualPending'),
  };
}

/** Of a `StatusResult`. */
export function services(fields: Fields): readonly TakodService[] {
  return fields.list('services').map(each => {
    const [health, image, revision] = [each.text('health'), each.text('image'), each.text('revision')];
    return {
      name: each.text('name') ?? clean(''),
      desired: each.number('desired') ?? 0,
      running: each.number('running') ?? 0,
      status: each.text('status') ?? clean(''),
      nodes: each.list('nodes').map(node => {
        const its = node.text('health');
        return {
          name: node.text('name') ?? clean(''),
          running: node.number('running') ?? 0,
          ...(its !== undefined && { health: its }),
        };
      }),
      isJob: each.text('kind') === 'job',
      ...(health !== undefined && { health }),
      ...(image !== undefined && { image }),
      ...(revision !== undefined && { revision }),
    };
  });
}

/** Of a `HistoryResult`. */
export function history(fields: Fields): readonly TakodDeployment[] {
  return fields.list('deployments').map(each => {
    const [commit, version, time] = [each.text('commit'), each.text('version'), each.time('timestamp')];
    const [message, error] = [each.text('message'), each.text('error', 1_000)];
    return {
      id: each.text('id') ?? clean(''),
      status: each.text('status') ?? clean(''),
      ...(commit !== undefined && { commit }),
      ...(version !== undefined && { version }),
      ...(time && { time }),
      ...(message !== undefined && { message }),
      ...(error !== undefined && { error }),
    };
  });
}

/** Of a `DriftResult`. */
export function drift(fields: Fields): TakodDrift {
  const drifts = fields.list('drifts').map(each => {
    const text = (name: string): Clean => each.text(name) ?? clean('');
    return {
      service: text('service'),
      type: text('type'),
      severity: text('severity'),
      expected: text('expected'),
      actual: text('actual'),
    };
  });
  return { drifted: fields.flag('drifted') ?? drifts.length > 0, drifts, well: fields.texts('servicesOk') };
}

/** Of a `DoctorResult`. */
export function checks(fields: Fields): readonly TakodCheck[] {
  return fields.list('checks').map(each => {
    const remediation = each.text('remediation', 1_000);
    return {
      name: each.text('name') ?? clean(''),
      status: each.text('status') ?? clean(''),
      detail: each.text('detail', 1_000) ?? clean(''),
      ...(remediation !== undefined && { remediation }),
    };
  });
}

/** Of a `StateStatusResult`. */
export function stateStatus(fields: Fields): TakodState {
  return {
    nodes: fields
      .object('remote')
      .list('nodes')
      .map(node => {
        const [agent, lease] = [node.object('agent').text('version'), node.object('lease')];
        const error = node.text('error', 1_000) ?? lease.text('error', 1_000);
        const who = lease.object('lease').text('who') ?? lease.object('lease').text('id');
        return {
          name: node.text('name') ?? clean(''),
          reachable: node.flag('reachable') ?? false,
          ...(agent !== undefined && { agent }),
          ...(lease.text('status') === 'held' && { lease: who ?? clean('?') }),
          ...(error !== undefined && { error }),
        };
      }),
    recommendations: fields.object('sync').texts('recommendations'),
  };
}

/** Of a `ConfirmationRequired`: why tako did nothing. */
export function confirmation(fields: Fields): Clean | undefined {
  return fields.text('reason', 1_000);
}

/** Of a `ClusterAttachmentRequired`: what a person has to agree to. */
export function attachment(fields: Fields): { readonly cluster: Clean; readonly text?: Clean } {
  const text = fields.text('acknowledgement', 1_000);
  return { cluster: fields.text('clusterId') ?? clean('?'), ...(text !== undefined && { text }) };
}
